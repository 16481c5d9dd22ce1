// Arbitrary bytes as a segment: the verifier and the start of a writer must neither crash nor hang,
// and a log that the writer has recovered must verify.
#include "audit/ledger.h"
#include "audit/verifier.h"
#include "base/check.h"
#include "testing/faulty_files.h"
#include "testing/manual_clock.h"
#include "testing/seeded_entropy.h"

#include <cstddef>
#include <cstdint>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  srasta::testing::FaultyFiles files;
  const srasta::testing::ManualClock clock;
  srasta::testing::SeededEntropy entropy(1);
  files.put("/data/audit/origin", "inst-1\n");
  files.put("/data/audit/gateway/seg/00000000000000000000.jsonl", std::string(data, data + size));

  (void)srasta::audit::verify_ledger(files, "/data/audit").text();
  const auto ledger = srasta::audit::Ledger::open(
      files, clock, entropy,
      {.folder = "/data/audit", .service = "api", .release = "0.1.0", .reserve_bytes = 1});
  if (ledger) {
    SRASTA_CHECK(srasta::audit::verify_ledger(files, "/data/audit").exit_code() == 0,
                 "recovery leaves a log that verifies");
  }
  return 0;
}
