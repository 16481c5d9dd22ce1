// A writer for verifiers/crashes.py.
//
// audit_crash_writer FOLDER: 32 producers append to the ledger in FOLDER until the process is
// killed, each waiting for its record. Prints `+` when a record was accepted, its hash when it was
// acknowledged, and `!` when it was refused, a line each.
//
// audit_crash_writer --check FOLDER: starts as a writer does, ends in order, and prints what
// `verify_ledger` says. Exit 0 if nothing was found.
#include "audit/ledger.h"
#include "audit/verifier.h"
#include "base/encoding.h"

#include <atomic>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using srasta::audit::Receipt;

constexpr size_t kProducers = 32;

/// One write a line, so that lines of several threads do not mix, and none is kept back.
void print(std::string line, int descriptor = STDOUT_FILENO) {
  line += '\n';
  if (::write(descriptor, line.data(), line.size()) < 0) ::_exit(3);
}

void produce(srasta::audit::Ledger& ledger) {
  srasta::audit::Event event{.act = srasta::audit::Act::InferenceRequest,
                             .outcome = srasta::audit::Outcome::Allow};
  while (true) {
    (void)ledger.append(event);
    std::atomic<bool> done = false;
    ledger.append_durable(event, [&done](const srasta::base::Result<Receipt>& outcome) {
      print(outcome ? srasta::base::to_hex(srasta::crypto::bytes_of(outcome->leaf)) : "!");
      done = true;
      done.notify_one();
    });
    print("+");
    done.wait(false);
  }
}

int produce_until_killed(srasta::audit::Ledger& ledger) {
  std::vector<std::jthread> producers;
  for (size_t i = 0; i < kProducers; ++i) producers.emplace_back([&] { produce(ledger); });
  producers.clear();  // never: they do not end
  return 3;
}

int check(srasta::audit::Ledger& ledger, srasta::base::FileSystem& files,
          const std::string& folder) {
  if (const auto closed = ledger.close(); !closed) {
    print(closed.error().message, STDERR_FILENO);
    return 1;
  }
  const srasta::audit::LedgerReport report = srasta::audit::verify_ledger(files, folder);
  print(report.text());
  return report.intact() ? 0 : 1;
}

int run(std::span<char*> arguments) {
  const bool checks = arguments.size() == 3 && std::string_view(arguments[1]) == "--check";
  if (arguments.size() != 2 && !checks) return 2;
  const std::string folder = arguments.back();
  srasta::base::PosixFileSystem files;
  const srasta::base::SystemClock clock;
  srasta::base::SystemEntropy entropy;
  auto ledger = srasta::audit::Ledger::open(files, clock, entropy,
                                            {.folder = folder,
                                             .service = "test",
                                             .release = "1",
                                             .segment_bytes = 200'000,
                                             .must_wait = srasta::base::Millis(10'000)});
  if (!ledger) {
    print(ledger.error().message, STDERR_FILENO);
    return 1;
  }
  return checks ? check(**ledger, files, folder) : produce_until_killed(**ledger);
}

}  // namespace

int main(int argc, char** argv) {
  return run({argv, static_cast<size_t>(argc)});
}
