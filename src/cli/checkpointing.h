#pragma once

#include "base/clock.h"
#include "base/secret.h"
#include "cli/engine_events.h"
#include "config/config.h"
#include "evidence/sink_lag.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace srasta::cli {

/// Countersigns the audit streams of an installation (`audit::Checkpointer`), and takes the
/// checkpoints to the configured witnesses (`Witnessing`). On a thread of its own, four times a
/// second, until destroyed; then looks once more. While the stream `install` cannot be opened it
/// says why and tries again.
class Checkpointing {
 public:
  struct Settings {
    std::string data_folder;
    base::Secret log_key;
    std::vector<config::Witness> witnesses;
    std::function<void(const std::string& line)> tell;
  };

  /// `clock` must outlive it. Signals that must not interrupt it are blocked before.
  Checkpointing(Settings settings, const base::Clock& clock);
  Checkpointing(const Checkpointing&) = delete;
  Checkpointing& operator=(const Checkpointing&) = delete;
  /// When the writers have ended.
  ~Checkpointing();

  /// To be recorded in the stream `install`. Any thread; never waits.
  void note_lag(const evidence::SinkLag& lag);
  void note_engine(const EngineEvent& event);
  /// The head of the stream `install`, as X-Srasta-Audit shows it. Any thread.
  [[nodiscard]] std::string audit_head() const;

 private:
  struct Work;
  std::unique_ptr<Work> work_;
};

}  // namespace srasta::cli
