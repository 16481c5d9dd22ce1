#pragma once

#include "base/clock.h"
#include "config/config.h"
#include "evidence/sink_lag.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace srasta::cli {

/// Sends copies of an installation's audit log to the configured sinks (`evidence::Forwarder`), on
/// a thread of its own, until destroyed. A sink whose settings cannot be used is told of and left
/// out.
class Forwarding {
 public:
  struct Settings {
    std::string data_folder;
    std::vector<config::Sink> sinks;
    std::function<void(const std::string& line)> tell;
    /// Called on a thread of its own; may not wait.
    std::function<void(const evidence::SinkLag&)> on_lag;
  };

  /// When the log's first stream is there. `clock` must outlive it.
  Forwarding(Settings settings, const base::Clock& clock);
  Forwarding(const Forwarding&) = delete;
  Forwarding& operator=(const Forwarding&) = delete;
  ~Forwarding();

  /// The last words, when the services have ended: sends what is in the log by now. Tells of it
  /// when a sink did not get everything within `limit`; the next start goes on there.
  void finish(base::Millis limit);

 private:
  struct Work;
  std::unique_ptr<Work> work_;
};

}  // namespace srasta::cli
