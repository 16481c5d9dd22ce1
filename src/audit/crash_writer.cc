// A writer for ledger_kill_test: appends to the ledger in argv[1] until it is killed, and prints
// the hash of each record that was acknowledged.
#include "audit/ledger.h"
#include "base/encoding.h"

#include <atomic>
#include <string>
#include <thread>
#include <unistd.h>

namespace {

using srasta::audit::Receipt;

void report(const srasta::base::Result<Receipt>& outcome) {
  if (!outcome) return;
  const std::string line = srasta::base::to_hex(srasta::crypto::bytes_of(outcome->leaf)) + "\n";
  if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) ::_exit(3);
}

void produce(srasta::audit::Ledger& ledger) {
  srasta::audit::Event event{.act = srasta::audit::Act::InferenceRequest,
                             .outcome = srasta::audit::Outcome::Allow};
  while (true) {
    (void)ledger.append(event);
    std::atomic<bool> done = false;
    ledger.append_durable(event, [&done](const srasta::base::Result<Receipt>& outcome) {
      report(outcome);
      done = true;
      done.notify_one();
    });
    done.wait(false);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  srasta::base::PosixFileSystem files;
  const srasta::base::SystemClock clock;
  srasta::base::SystemEntropy entropy;
  auto ledger = srasta::audit::Ledger::open(files, clock, entropy,
                                            {.folder = argv[1],
                                             .service = "test",
                                             .release = "1",
                                             .segment_bytes = 200'000,
                                             .must_wait = srasta::base::Millis(10'000)});
  if (!ledger) {
    const std::string& message = ledger.error().message;
    return ::write(STDERR_FILENO, message.data(), message.size()) < 0 ? 3 : 1;
  }
  std::thread second([&] { produce(**ledger); });
  produce(**ledger);
  second.join();
}
