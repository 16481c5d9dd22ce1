#include "dialects/translation.h"

#include "base/encoding.h"
#include "base/file.h"
#include "json/scanner.h"

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace srasta::dialects {
namespace {

const std::string kFolder = std::string(SRASTA_SOURCE_DIR) + "/tests/cases/dialects";

/// What a file of tests/cases/dialects says (its README.md has the form).
struct Golden {
  std::string file;
  std::string kind;  ///< request, refused, answer, wrong, stream, error
  Way way;
  std::string word;  ///< of a stream: the state at its end; of an error: the status
  std::string given;
  std::string wanted;
};

Protocol protocol_named(std::string_view name) {
  for (const Protocol protocol : kProtocols) {
    if (to_string(protocol) == name) return protocol;
  }
  ADD_FAILURE() << "no protocol: " << name;
  return Protocol::Chat;
}

/// e.g. `ollama/embed`
void read_client(Way& way, const std::string& word) {
  const size_t slash = word.find('/');
  way.client = protocol_named(word.substr(0, slash));
  if (slash == std::string::npos) return;
  way.operation = word.substr(slash) == "/embed" ? Operation::Embed : Operation::Generate;
}

std::vector<Golden> read_golden(const std::string& file) {
  base::PosixFileSystem files;
  const auto content = base::read_file(files, kFolder + "/" + file, 1 << 20);
  EXPECT_TRUE(content.ok()) << file;
  std::vector<Golden> found;
  std::string* part = nullptr;
  std::istringstream lines(*content);
  for (std::string line; std::getline(lines, line);) {
    if (line == "== gives" && !found.empty()) {
      part = &found.back().wanted;
    } else if (line.starts_with("== ")) {
      std::istringstream words(line.substr(3));
      Golden golden{.file = file};
      std::string client;
      std::string engine;
      words >> golden.kind >> client >> engine >> golden.word;
      read_client(golden.way, client);
      golden.way.engine = protocol_named(engine);
      found.push_back(std::move(golden));
      part = &found.back().given;
    } else if (part != nullptr) {
      part->append(line).append("\n");
    }
  }
  return found;
}

std::vector<Golden> all_goldens() {
  base::PosixFileSystem files;
  auto names = files.list(kFolder);
  EXPECT_TRUE(names.ok());
  std::ranges::sort(*names);
  std::vector<Golden> all;
  for (const std::string& name : *names) {
    if (!name.ends_with(".txt")) continue;
    for (Golden& golden : read_golden(name)) all.push_back(std::move(golden));
  }
  return all;
}

/// Without the blanks between values, so that files can be read.
std::string compact(std::string_view json) {
  std::string text;
  bool in_string = false;
  bool escaped = false;
  for (const char c : json) {
    if (!in_string && (c == ' ' || c == '\n')) continue;
    if (c == '"' && !escaped) in_string = !in_string;
    escaped = in_string && c == '\\' && !escaped;
    text += c;
  }
  return text;
}

std::string without_last_line_end(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

const std::string kBody =
    R"({"model":"m","instructions":"Be brief.","temperature":0.5,"tools":[{"type":"function","name":"f"}],)"
    R"("stream_options":{"include_usage":true}})";
const Asked kAsked{.request_id = "01REQUEST", .body = kBody, .now = 1'700'000'000};

std::string_view to_string(StreamTranslator::State state) {
  switch (state) {
    case StreamTranslator::State::Running:
      return "running";
    case StreamTranslator::State::Complete:
      return "complete";
    case StreamTranslator::State::Failed:
      return "failed";
    case StreamTranslator::State::Broken:
      return "broken";
  }
  return "";
}

/// What the client gets, with the state in the last line.
std::string streamed(const Golden& golden, const std::vector<std::string_view>& pieces) {
  const auto translator = stream_translator(golden.way, kAsked);
  std::string out;
  for (const std::string_view piece : pieces) out += translator->feed(piece);
  out += translator->finish();
  return out + std::string(to_string(translator->state()));
}

std::string outcome(const Golden& golden) {
  if (golden.kind == "request") {
    const auto body = translate_request(golden.way, compact(golden.given));
    return body ? *body : "refused: " + body.error().detail;
  }
  if (golden.kind == "refused") {
    const auto body = translate_request(golden.way, compact(golden.given));
    return body ? *body : body.error().detail;
  }
  if (golden.kind == "answer" || golden.kind == "wrong") {
    const auto body = translate_answer(golden.way, compact(golden.given), kAsked);
    return body ? *body : body.error().message;
  }
  if (golden.kind == "error") {
    return translate_error(golden.way.client, without_last_line_end(golden.given),
                           static_cast<int>(base::parse_u64(golden.word).value_or(0)), kAsked);
  }
  return streamed(golden, {golden.given});
}

TEST(Goldens, AreWhatTranslationGives) {
  size_t index = 0;
  for (const Golden& golden : all_goldens()) {
    const bool exact =
        golden.kind == "stream" || golden.kind == "refused" || golden.kind == "wrong";
    const std::string wanted = exact ? golden.wanted : compact(golden.wanted) + "\n";
    const std::string given = outcome(golden);
    const std::string found = (exact ? given : compact(given)) + "\n";
    EXPECT_EQ(found, wanted) << "@@" << golden.file << "@@" << index << "@@" << found << "@@end";
    ++index;
  }
  EXPECT_GT(index, 20U);
}

TEST(Goldens, DoNotDependOnWhereAStreamIsCut) {
  for (const Golden& golden : all_goldens()) {
    if (golden.kind != "stream") continue;
    const std::string whole = outcome(golden);
    const std::string_view given = golden.given;
    for (size_t cut = 0; cut <= given.size(); ++cut) {
      ASSERT_EQ(streamed(golden, {given.substr(0, cut), given.substr(cut)}), whole)
          << golden.file << " cut at " << cut;
    }
    std::vector<std::string_view> bytes;
    for (size_t at = 0; at < given.size(); ++at) bytes.push_back(given.substr(at, 1));
    EXPECT_EQ(streamed(golden, bytes), whole) << golden.file;
  }
}

/// An engine that dies: what was sent until then is a beginning of what would have been sent, and
/// nothing is made up to close what is open.
TEST(Goldens, OfCompleteStreamsAreBeginningsWhenTheEngineDies) {
  for (const Golden& golden : all_goldens()) {
    if (golden.kind != "stream" || !golden.wanted.ends_with("complete\n")) continue;
    const std::string whole = outcome(golden);
    const std::string_view given = golden.given;
    // Up to the event that says why generation ended.
    const bool of_chat = golden.way.engine == Protocol::Chat;
    const size_t end = given.find(of_chat ? "\"finish_reason\":\"" : "\"stop_reason\":\"");
    for (size_t cut = 0; cut < std::min(end, given.size()); ++cut) {
      const auto translator = stream_translator(golden.way, kAsked);
      std::string out = translator->feed(given.substr(0, cut));
      out += translator->finish();
      ASSERT_TRUE(whole.starts_with(out)) << golden.file << " dead at " << cut;
      if (end != std::string_view::npos) {
        ASSERT_EQ(translator->state(), StreamTranslator::State::Running) << cut;
      }
    }
  }
}

TEST(StreamTranslator, TellsAChatClientTheUsageOnlyWhenItAsked) {
  constexpr std::string_view kStream =
      "data: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"model\":\"m\"}}\n\n"
      "data: {\"type\":\"message_stop\"}\n\n";
  for (const std::string_view body :
       {R"({"stream_options":{"include_usage":true}})",
        R"({"stream_options":{"include_usage":false}})", R"({"stream_options":null})", "{}"}) {
    const Asked asked{.request_id = "01REQUEST", .body = body, .now = 1};
    const auto translator =
        stream_translator({.client = Protocol::Chat, .engine = Protocol::Messages}, asked);
    const std::string out = translator->feed(kStream);
    EXPECT_EQ(translator->state(), StreamTranslator::State::Complete);
    EXPECT_EQ(out.contains("\"usage\""), body.contains(":true")) << body;
  }
}

TEST(Ways, LeadWhereOneOrTwoStepsDo) {
  const auto leads = [](Protocol client, Protocol engine, Operation operation) {
    return translates({client, engine, operation});
  };
  using enum Protocol;
  EXPECT_TRUE(leads(Messages, Chat, Operation::Chat));
  EXPECT_TRUE(leads(Responses, Chat, Operation::Chat));
  EXPECT_TRUE(leads(Responses, Messages, Operation::Chat));
  EXPECT_TRUE(leads(Chat, Messages, Operation::Chat));
  EXPECT_TRUE(leads(Ollama, Messages, Operation::Chat));
  EXPECT_TRUE(leads(Ollama, Messages, Operation::Generate));
  EXPECT_TRUE(leads(Ollama, Chat, Operation::Embed));
  EXPECT_FALSE(leads(Ollama, Messages, Operation::Embed));
  EXPECT_FALSE(leads(Chat, Messages, Operation::Embed));
  EXPECT_FALSE(leads(Messages, Responses, Operation::Chat));
  EXPECT_FALSE(leads(Chat, Ollama, Operation::Chat));
  EXPECT_FALSE(leads(Chat, Chat, Operation::Chat));
  EXPECT_FALSE(leads(Messages, Messages, Operation::Chat));

  EXPECT_EQ(asked_of_engine({Ollama, Chat, Operation::Generate}), Operation::Chat);
  EXPECT_EQ(asked_of_engine({Ollama, Messages, Operation::Generate}), Operation::Chat);
  EXPECT_EQ(asked_of_engine({Ollama, Chat, Operation::Embed}), Operation::Embed);
}

/// What is put around a value that moves down must not make a body too deep for those who read it.
TEST(Requests, LeaveRoomForWhatIsPutAroundTheirValues) {
  const auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  const auto body_with = [&](size_t depth) {
    return R"({"model":"m","messages":[{"role":"user","content":"a"}],"format":{"x":)" +
           nested(depth) + "}}";
  };
  const Way way{.client = Protocol::Ollama, .engine = Protocol::Messages};
  const auto deep = translate_request(way, body_with(54));
  ASSERT_TRUE(deep.ok());
  EXPECT_TRUE(json::scan_object(*deep).ok());
  EXPECT_FALSE(translate_request(way, body_with(55)).ok());
}

/// Bodies are untrusted: a value of another kind in any place is refused or left out.
TEST(Goldens, SurviveAnyValueInAnyPlace) {
  const std::vector<std::string_view> odd = {"null", "7",  "-1e400", "\"x\"",
                                             "[]",   "{}", "true",   "[[{\"type\":[]}]]"};
  for (const Golden& golden : all_goldens()) {
    if (golden.kind == "stream" || golden.kind == "error") continue;
    const std::string given = compact(golden.given);
    for (size_t at = given.find(':'); at != std::string::npos; at = given.find(':', at + 1)) {
      const size_t end = given.find_first_of(",}", at);
      for (const std::string_view value : odd) {
        Golden other = golden;
        other.given = given.substr(0, at + 1) + std::string(value) +
                      (end == std::string::npos ? "" : given.substr(end));
        (void)outcome(other);
      }
    }
  }
}

}  // namespace
}  // namespace srasta::dialects
