#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "process/backoff.h"
#include "process/child.h"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace srasta::process {

/// A child that is kept running. Once it serves, it writes "READY\n" to the descriptor whose
/// number is in its variable SRASTA_FD_READY and closes it.
struct Service {
  std::string name;
  ChildSpec child;
  base::Millis ready_within{30'000};
};

/// Starts services in order, each when the one before is ready, restarts what ends, and stops all
/// on SIGTERM or SIGINT: SIGTERM to each, SIGKILL to what is left after `drain` plus
/// `grace`. A second signal is passed on and leaves `grace`, a third leaves nothing. SIGHUP is
/// passed on to every service that is ready, which reads its configuration again; on a terminal it
/// means that the terminal is gone, and stops everything. Descendants that a service leaves behind
/// become children of this process and are killed at the end; if this process itself is killed,
/// the kernel kills the services. One thread, one loop; the process must have no other children.
class Supervisor {
 public:
  struct Settings {
    base::Millis drain{30'000};
    base::Millis grace{5'000};
    Backoff::Settings backoff;
    /// Called before SIGHUP is passed on: what services will read again can be made there.
    std::function<void()> before_reload = [] {};
  };

  /// What happens is told in lines for the operator.
  using Tell = std::function<void(const std::string& line)>;

  /// `clock` must outlive the supervisor.
  Supervisor(const base::Clock& clock, Settings settings, Tell tell);
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;
  ~Supervisor();

  void add(Service service);

  /// Kills `service`, which runs but does no work any more, so that it is started again. Any
  /// thread, while `run` runs; without effect on a service that is not ready.
  void replace(std::string service);

  /// Does what SIGHUP does. Any thread, while `run` runs.
  void reload();

  /// Runs until a signal stops it; `on_ready` is called once, when every service is ready for the
  /// first time. Before that moment a service that ends or is not ready in time is an error, and
  /// everything is stopped: Code::Invalid when it exited with status 2 (configuration), else
  /// Code::Unavailable. The signal mask is restored.
  [[nodiscard]] base::Result<void> run(const std::function<void()>& on_ready);

 private:
  struct Running;

  base::Result<void> start(Running& running);
  base::Result<void> start_next();
  base::Result<void> take_ready(Running& running);
  base::Result<void> took_end(Running& running, const Exit& exit);
  base::Result<void> reap();
  Running* find_running(pid_t pid);
  base::Result<void> act_on_time();
  base::Result<void> serve(const std::function<void()>& on_ready);
  base::Result<void> wait_for_events();
  void take_signals();
  void ask_reload();
  void wake();
  void do_what_was_asked();
  void kill(const std::vector<std::string>& names);
  void stop_sooner();
  void begin_stop();
  void stop_everything();
  void kill_descendants();
  [[nodiscard]] base::Millis until_next_deadline() const;
  [[nodiscard]] bool all_ready() const;
  [[nodiscard]] bool any_running() const;

  const base::Clock& clock_;
  const Settings settings_;
  const Tell tell_;
  std::vector<std::unique_ptr<Running>> services_;
  base::Descriptor signals_;
  base::Descriptor wake_;
  std::mutex asked_mutex_;
  std::vector<std::string> replaced_;
  bool reload_wanted_ = false;
  bool was_ready_ = false;
  std::optional<base::MonoTime> kill_at_;
  bool hurried_ = false;
};

}  // namespace srasta::process
