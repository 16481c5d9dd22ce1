#pragma once

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/result.h"
#include "sandbox/scratch.h"
#include "sandbox/tier.h"
#include "sandbox/tree_writer.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace srasta::sandbox {

/// What one run may use. docs/sandbox.md says which tier holds what.
struct Limits {
  base::Millis wall{60'000};
  base::Seconds cpu{60};                ///< of each process
  uint64_t memory = 2ULL << 30;         ///< T1c: of the run; else the address space of each process
  uint32_t processes = 128;             ///< and threads, at the same time
  uint32_t open_files = 256;            ///< of each process
  uint64_t file_size = 64ULL << 20;     ///< of each file that is written
  uint64_t tree_bytes = 256ULL << 20;   ///< of /workspace, all files together
  uint64_t tmp_bytes = 64ULL << 20;     ///< of /tmp and /dev/shm together
  uint64_t files = 50'000;              ///< files and folders in each of the two
  size_t output_kept = 256ULL << 10;    ///< of each stream: half from its start, half from its end
  uint64_t output_total = 64ULL << 20;  ///< both streams; a run that writes more is ended
};

/// An account without a name: who runs the job, as the host sees it.
struct Account {
  uid_t user = 65534;
  gid_t group = 65534;
};

/// One program to run.
struct Job {
  /// argv[0] is an absolute path inside the sandbox. No shell, no search.
  std::vector<std::string> argv;
  /// Complete: nothing of this process's own environment passes.
  std::map<std::string, std::string> environment;
  /// Puts the files of /workspace in place. Called once, in the thread of `run`, before anything
  /// foreign runs; its error ends the run and is returned. The program's folder is /workspace.
  std::function<base::Result<void>(TreeWriter&)> fill;
  Limits limits;
  /// A host that gives less is refused.
  Tier min_tier = Tier::T1;
  /// Sockets of the Internet families, within a network of the run's own that has nothing but a
  /// loopback. Only from T1 on; below it there is no network whatever this says.
  bool loopback = false;
  /// Only when this process is root, which foreign code never is. Runs that are under way at the
  /// same time should have different ones; at T3 they must.
  Account account;
};

enum class Outcome : uint8_t {
  Exited,
  Signalled,
  Timeout,        ///< `Limits::wall`
  Cancelled,      ///< the descriptor of the caller became readable
  OutOfMemory,    ///< the kernel killed in the run's control group; T1c only
  TooMuchOutput,  ///< `Limits::output_total`
};

/// "exited", "signalled", "timeout", "cancelled", "out_of_memory", "too_much_output".
[[nodiscard]] std::string_view to_string(Outcome outcome);

/// What a stream carried. When `head` and `tail` together have `bytes_total` bytes, nothing is
/// missing between them. Bytes as they came: `output_text.h` makes text of them.
struct Output {
  std::string head;
  std::string tail;
  uint64_t bytes_total = 0;
};

struct Report {
  Outcome outcome = Outcome::Signalled;
  int status = 0;  ///< exit status, with Exited
  int signal = 0;  ///< with Signalled
  Tier tier = Tier::None;
  base::Micros wall{0};
  base::Micros cpu{0};         ///< of every process that was waited for
  uint64_t max_rss_bytes = 0;  ///< of the largest process
  Output output;
  Output errors;
  /// Whether all processes of the run are seen to be gone. False only when the kernel did not end
  /// one that was killed within the time that `run` waits for it.
  bool nothing_left = false;
  /// /workspace as the program left it (`capture.h`). It lives as long as this report.
  base::Descriptor workspace;
  /// What `fill` had put there.
  Manifest filled;
  /// At T3, where `workspace` is.
  std::optional<Scratch> scratch;
};

}  // namespace srasta::sandbox
