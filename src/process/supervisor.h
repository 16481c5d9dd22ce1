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
  /// Of somebody else's program, which knows nothing of that descriptor and does not get it: asked
  /// twice a second whether it serves, must not wait. Nothing waits for such a program: that it
  /// cannot be started, ends, or is not ready in time makes it start again, from the first moment
  /// on, and SIGHUP is not passed on to it.
  std::function<bool()> answers = {};
};

/// Starts services in order, each when the one before is ready, restarts what ends, and stops all
/// on SIGTERM or SIGINT: SIGTERM to each, SIGKILL to what is left after `drain` plus
/// `grace`. A second signal is passed on and leaves `grace`, a third leaves nothing. SIGHUP is
/// passed on to every service that is ready, which reads its configuration again; on a terminal it
/// means that the terminal is gone, and stops everything. Descendants that a service leaves behind
/// become children of this process and are killed at the end, but for those that this process may
/// not kill, which are left behind; if this process itself is killed, the kernel kills the
/// services. One thread, one loop; the process must have no other children than services and the
/// one that is looked after.
class Supervisor {
 public:
  struct Settings {
    base::Millis drain{30'000};
    base::Millis grace{5'000};
    Backoff::Settings backoff;
    /// Called before SIGHUP is passed on: what services will read again can be made there.
    std::function<void()> before_reload = [] {};
    /// A service was started; it ended.
    std::function<void(const Service&, pid_t)> on_start = [](const Service&, pid_t) {};
    std::function<void(const Service&, const Exit&)> on_end = [](const Service&, const Exit&) {};
  };

  /// What happens is told in lines for the operator.
  using Tell = std::function<void(const std::string& line)>;

  /// `clock` must outlive the supervisor.
  Supervisor(const base::Clock& clock, Settings settings, Tell tell);
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;
  ~Supervisor();

  void add(Service service);

  /// `child` was started by somebody else, who stops it, too: it is neither stopped nor killed
  /// here. `on_end` is called once, if it ends while `run` runs; it has been waited for then. At
  /// most one, before `run`, which it must outlive.
  void look_after(Child& child, std::function<void(const Exit&)> on_end);

  /// Does what SIGTERM does. Any thread, while `run` runs.
  void stop();

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
  base::Result<void> reap_looked_after();
  Running* find_running(pid_t pid);
  [[nodiscard]] bool must_be_ready(const Running& running) const;
  void ask_whether_ready(Running& running);
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
  [[nodiscard]] base::Millis until_next_deadline() const;
  [[nodiscard]] bool all_ready() const;
  [[nodiscard]] bool any_running() const;

  const base::Clock& clock_;
  const Settings settings_;
  const Tell tell_;
  std::vector<std::unique_ptr<Running>> services_;
  base::Descriptor signals_;
  base::Descriptor wake_;
  Child* looked_after_ = nullptr;  // while it runs
  std::function<void(const Exit&)> on_end_of_looked_after_;
  std::mutex asked_mutex_;
  std::vector<std::string> replaced_;
  bool reload_wanted_ = false;
  bool stop_wanted_ = false;
  bool was_ready_ = false;
  std::optional<base::MonoTime> kill_at_;
  bool hurried_ = false;
};

}  // namespace srasta::process
