#pragma once

#include "base/clock.h"
#include "cli/engine_events.h"
#include "cli/launch.h"

#include <functional>
#include <memory>
#include <string>

namespace srasta::process {
class Supervisor;
}

namespace srasta::cli {

/// What the process of `srasta up` does itself while services run: it checkpoints the log and
/// copies it, looks whether services are alive, and changes the configuration file for the
/// administration. All of it on threads of its own, which inherit the signal mask.
class Companions {
 public:
  using Tell = std::function<void(const std::string& line)>;

  /// When every service is ready. `config_channel` is the answering end of
  /// `admin/config_channel.h`. Takes the log key of `launch`, and what else it needs by reference:
  /// all arguments must outlive it.
  Companions(Launch& launch, process::Supervisor& supervisor, int config_channel,
             const base::Clock& clock, const Tell& tell);
  Companions(const Companions&) = delete;
  Companions& operator=(const Companions&) = delete;
  ~Companions();

  /// To be recorded. Any thread.
  void note_engine(const EngineEvent& event);

  /// When the services have ended: lets sinks take the last records.
  void finish();

 private:
  struct Work;
  std::unique_ptr<Work> work_;
};

}  // namespace srasta::cli
