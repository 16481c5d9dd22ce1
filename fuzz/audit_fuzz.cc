// Question: does a log that the writer takes over at its start verify afterwards? Input: a segment,
// a line a record. A line that starts with "{" gets its hash, and for "@" the hash of the line
// before it: no mutation would ever find those.
#include "audit/epoch_keys.h"
#include "audit/ledger.h"
#include "audit/record.h"
#include "audit/verifier.h"
#include "base/encoding.h"
#include "input.h"
#include "testing/faulty_files.h"
#include "testing/manual_clock.h"
#include "testing/seeded_entropy.h"

#include <map>
#include <string>

namespace {

namespace audit = srasta::audit;
namespace base = srasta::base;
namespace crypto = srasta::crypto;

constexpr const char* kFolder = "/data/audit/gateway";
constexpr const char* kOrigin = "inst-1/gateway";

/// The files of the stream's first key, made once.
struct FirstKey {
  std::map<std::string, std::string> files;
  crypto::Digest key{};
};

const FirstKey& first_key() {
  static const FirstKey made = [] {
    srasta::testing::FaultyFiles files;
    srasta::fuzz::require(files.make_folder(kFolder).ok());
    const auto key = audit::EpochKeys(files, kFolder, kOrigin).make(0);
    srasta::fuzz::require(key.ok());
    return FirstKey{files.contents(), audit::key_bytes(key->verifier())};
  }();
  return made;
}

std::string complete(std::string_view input) {
  std::string leaf = base::to_hex(crypto::bytes_of(audit::first_prev(kOrigin, first_key().key)));
  std::string log;
  for (const std::string_view line : srasta::fuzz::split(input, '\n')) {
    std::string body(line);
    if (const size_t at = body.find('@'); at != std::string::npos) body.replace(at, 1, leaf);
    if (body.starts_with('{')) {
      leaf = base::to_hex(crypto::bytes_of(crypto::sha256(std::string(1, '\0') + body + "}")));
      body.append(R"(,"h":")").append(leaf).append("\"}");
    }
    log.append(body).append("\n");
  }
  log.pop_back();
  return log;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  srasta::testing::FaultyFiles files;
  const srasta::testing::ManualClock clock;
  srasta::testing::SeededEntropy entropy(1);
  files.put("/data/audit/origin", "inst-1\n");
  for (const auto& [path, content] : first_key().files) files.put(path, content);
  files.put("/data/audit/gateway/seg/00000000000000000000.jsonl",
            complete(srasta::fuzz::text_of(data, size)));

  (void)audit::verify_ledger(files, "/data/audit").text();
  const auto ledger = audit::Ledger::open(
      files, clock, entropy,
      {.folder = "/data/audit", .service = "api", .release = "0.1.0", .reserve_bytes = 1});
  if (ledger) srasta::fuzz::require(audit::verify_ledger(files, "/data/audit").intact());
  return 0;
}
