#pragma once

#include "base/clock.h"
#include "base/entropy.h"
#include "base/file.h"
#include "base/result.h"
#include "evidence/sink.h"
#include "evidence/sink_cursors.h"
#include "evidence/sink_feed.h"
#include "evidence/sink_lag.h"
#include "evidence/sink_pause.h"
#include "net/blocking.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace srasta::evidence {

/// Sends copies of an installation's records to sinks: each record at least once, those of a stream
/// in order. Works on a thread of its own and only reads the log, so a sink that is slow or gone
/// holds up neither the log nor another sink.
///
/// Only records that their stream's writer has signed (`<stream>/head`) are sent: a power cut can
/// take back others. What a sink accepted is remembered in <data>/forward.
class Forwarder {
 public:
  struct SinkSettings {
    std::string name;                  ///< [a-z0-9-], each once
    std::vector<std::string> streams;  ///< empty: all
    LagWatch::Limits lag = {};
    /// Called once, before anything is sent; the sink dies with the forwarder.
    std::function<std::unique_ptr<Sink>(net::Loop&, net::BlockingPool&)> make;
  };
  struct Settings {
    std::string data_folder;
    std::string install_id;
    std::vector<SinkSettings> sinks;
    base::Micros within = base::Seconds(10);  ///< for one batch
    base::Micros look_every = base::Millis(500);
    SinkPause::Settings pause = {};
    SinkFeed::Limits batch = {};
  };
  /// Called on the forwarder's thread; both hold up all sinks as long as they run.
  struct Handlers {
    /// A line for the operator: a problem when it begins, changes or ends. Nothing of records.
    std::function<void(const std::string& line)> tell;
    /// A sink begins to lag in a stream, or has caught up.
    std::function<void(const SinkLag&)> on_lag = [](const SinkLag&) {};
  };

  /// The references must outlive it. A sink whose cursor file is damaged is told of and left out.
  /// Errors: the folder of cursor files cannot be made.
  static base::Result<std::unique_ptr<Forwarder>> open(base::FileSystem& files,
                                                       const base::Clock& clock,
                                                       base::Entropy& entropy, Settings settings,
                                                       Handlers handlers);
  Forwarder(const Forwarder&) = delete;
  Forwarder& operator=(const Forwarder&) = delete;
  /// Breaks off what runs. No handler is called afterwards.
  ~Forwarder();

  /// Sends what is signed by now, each sink at once however long it was left alone, and ends: true
  /// when that is done, or a sink did not take its part; false after `limit`. At most once.
  [[nodiscard]] bool finish(base::Millis limit);

  struct Work;
  explicit Forwarder(std::unique_ptr<Work> work);

 private:
  std::unique_ptr<Work> work_;
};

}  // namespace srasta::evidence
