// Question: do the verifier's and the search's readers find in a record what simdjson finds there,
// whatever labels a request brought, and are lines cut alike at every block? The first byte says
// what the rest is: a body, labels (one a line), or a file in which a byte 1 stands for 4 KiB.
#include "audit/record.h"
#include "audit/search.h"
#include "audit/stored_line.h"
#include "base/encoding.h"
#include "input.h"
#include "testing/faulty_files.h"
#include "testing/manual_clock.h"

#include <algorithm>
#include <string>

#include <simdjson.h>

namespace {

using srasta::fuzz::require;
namespace audit = srasta::audit;

std::string line_with_hash(std::string_view open_body) {
  const std::string message = std::string(1, '\0') + std::string(open_body) + "}";
  return std::string(open_body) + R"(,"h":")" +
         srasta::base::to_hex(srasta::crypto::bytes_of(srasta::crypto::sha256(message))) + "\"}";
}

void check_body(std::string_view open_body) {
  const std::string line = line_with_hash(open_body);
  const auto record = audit::parse_stored_record(line);
  if (!record) return;
  std::string damaged = line;
  damaged[open_body.size() / 2] ^= 1;
  require(!audit::parse_stored_record(damaged));
}

std::string_view text_at(simdjson::dom::element root, const char* pointer) {
  std::string_view text;
  return root.at_pointer(pointer).get(text) == simdjson::SUCCESS ? text : std::string_view();
}

void check_labels(std::string_view text) {
  auto labels = srasta::fuzz::split(text, '\n');
  labels.resize(8);
  const audit::RecordWriter writer({.install_id = "inst-1",
                                    .stream = "gateway",
                                    .service = "api",
                                    .release = "0.1.0",
                                    .node = "local",
                                    .boot = std::string(32, 'b'),
                                    .fence = 3});
  audit::Event event{.act = audit::Act::AuthFail};
  event.actor = {.id = audit::Subject(labels[0]), .tenant = audit::Label(labels[1])};
  event.actor.roles.add(audit::Label(labels[2]));
  event.corr = {.request = audit::Label(labels[3]), .session = audit::Label(labels[4])};
  event.policy = {.id = audit::Label(labels[5]), .revision = text.size()};
  event.data.add("model", audit::Label(labels[6])).add("bytes", text.size());

  const srasta::testing::ManualClock clock;
  std::string parts;
  writer.append_parts(parts, event, clock.wall(), clock.mono());
  std::string line;
  audit::ChainEnd end{.next_seq = 7, .leaf = audit::first_prev("inst-1/gateway", {})};
  writer.append_line(line, parts, end);
  require(line.ends_with('\n') && line.size() <= audit::kMaxLineBytes);
  line.pop_back();

  static simdjson::dom::parser parser;
  simdjson::dom::element root;
  require(parser.parse(simdjson::padded_string(line)).get(root) == simdjson::SUCCESS);
  const auto record = audit::parse_stored_record(line);
  require(record && record->leaf == end.leaf);
  require(record->seq == root["seq"].get_uint64().value());
  require(record->fence == root["fence"].get_uint64().value());
  const auto found = audit::read_found(line);
  require(found && found->seq == record->seq && found->act == text_at(root, "/act"));
  require(found->actor == text_at(root, "/actor/id") &&
          found->tenant == text_at(root, "/actor/ten") && found->time == text_at(root, "/t") &&
          found->outcome == text_at(root, "/out") && found->request == text_at(root, "/corr/rid"));
}

void check_lines(std::string_view input) {
  std::string content;
  for (const char c : input.substr(0, 512)) content.append(c == 1 ? 4096 : 1, c);
  srasta::testing::FaultyFiles files;
  files.put("/f", content);
  const auto file = files.open("/f", srasta::base::OpenMode::Read);
  require(file.ok());
  audit::LineReader reader(**file);
  std::string again;
  while (true) {
    const auto line = reader.next();
    require(line.ok());
    if (!*line) break;
    require((*line)->offset == again.size() && (*line)->text.size() <= audit::kMaxLineBytes);
    require(!(*line)->text.contains('\n'));
    again.append((*line)->text).append((*line)->complete ? "\n" : "");
  }
  require(again == content);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input = srasta::fuzz::text_of(data, size);
  if (input.starts_with('{')) check_body(input);
  if (input.starts_with('l')) check_labels(input.substr(1));
  if (input.starts_with('f')) check_lines(input.substr(1));
  return 0;
}
