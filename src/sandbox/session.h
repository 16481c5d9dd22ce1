#pragma once

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/result.h"
#include "sandbox/cgroup.h"
#include "sandbox/control.h"
#include "sandbox/host.h"
#include "sandbox/init_spec.h"
#include "sandbox/job.h"
#include "sandbox/launch.h"
#include "sandbox/output_pipe.h"
#include "sandbox/scratch.h"

#include <optional>
#include <string>

namespace srasta::sandbox {

/// One run under way. Destroying it kills what still runs. One thread.
class Session {
 public:
  /// All must outlive the session. `job` has been checked.
  Session(const Job& job, const Host& host, int cancel_descriptor);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  /// Once.
  [[nodiscard]] base::Result<Report> run();

 private:
  /// What a wait ended with.
  enum class Event : uint8_t { Control, Cancelled, Timeout, TooMuchOutput };

  base::Result<void> open();
  base::Result<void> open_scratch();
  base::Result<void> start();
  base::Result<LaunchSpec> launch_spec(int control);
  base::Result<void> await_ready();
  base::Result<void> fill();
  base::Result<void> let_go();
  base::Result<void> watch();
  base::Result<void> take_end(std::optional<Received> received);
  base::Result<Report> report();
  Event wait(base::MonoTime deadline);
  void end();
  void kill_all();
  bool wait_for_processes(base::Millis limit);
  void drain_rest();
  [[nodiscard]] bool in_namespace() const { return tier_ != Tier::T3; }
  [[nodiscard]] base::Error start_error(const std::string& why);
  [[nodiscard]] uint64_t counted_already() const;
  [[nodiscard]] InitSpec init_spec() const;

  const Job& job_;
  const Host& host_;
  const int cancel_;
  const Tier tier_;
  const std::optional<Account> account_;  ///< only when this process is root
  base::SystemClock clock_;

  std::optional<Scratch> scratch_;
  std::optional<Cgroup> cgroup_;
  OutputPipe output_;
  OutputPipe errors_;
  base::Descriptor init_;     ///< the executable
  base::Descriptor control_;  ///< our end
  base::Descriptor passwd_;
  base::Descriptor group_;
  Launched process_;                 ///< bubblewrap, or at T3 the init
  base::Descriptor namespace_init_;  ///< pidfd; when it has ended, so has all in the namespace
  base::Descriptor workspace_;
  Manifest filled_;

  std::optional<Outcome> outcome_;
  std::optional<ControlMessage> ended_;
  base::MonoTime started_{};
  base::MonoTime finished_{};
  Reaped reaped_;
  bool nothing_left_ = false;
};

}  // namespace srasta::sandbox
