#pragma once

#include "base/result.h"
#include "cli/engine_events.h"
#include "config/config.h"
#include "process/user.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace srasta::process {
class Supervisor;
}

namespace srasta::cli {

/// The engines that `srasta up` starts, seen from there: a process beside it that keeps them
/// (`cli/engine_keeper.h`), started while this one may still be root. If the keeper dies, the
/// kernel takes the engines with it, and they come back with the next start.
class Engines {
  struct Work;

 public:
  struct Settings {
    const config::Loaded& loaded;
    std::string config_file;
    std::string data_folder;
    const config::Environment& environment;  ///< of `srasta up`
    std::optional<process::User> services;   ///< who services will run as; nothing: this user
    std::function<void(const std::string& line)> tell;
  };

  /// Starts the keeper, and no engine yet; null when none is configured. Code::Invalid, as root,
  /// for an account that is not there or may not be one of an engine.
  [[nodiscard]] static base::Result<std::unique_ptr<Engines>> spawn(const Settings& settings);

  explicit Engines(std::unique_ptr<Work> work);
  Engines(const Engines&) = delete;
  Engines& operator=(const Engines&) = delete;
  /// `finish`.
  ~Engines();

  /// Writes the key that engines ask for where the gateway finds it, and starts them. Before
  /// `supervisor.run`, which gets the keeper to look after.
  [[nodiscard]] base::Result<void> begin(process::Supervisor& supervisor);

  /// From now on `note` is called, on a thread of this object, for what has happened and what
  /// happens. Once, after `begin`. The file run/engines has a line NAME PID for each engine that
  /// runs.
  void report(std::function<void(const EngineEvent&)> note);

  /// Stops the engines and waits for them and the keeper; what takes longer than its own limits is
  /// told and left.
  void finish();

 private:
  std::unique_ptr<Work> work_;
};

/// What an engine writes.
[[nodiscard]] std::string engine_log_file(const std::string& data_folder, const std::string& name);

/// Where `Engines::report` writes.
[[nodiscard]] std::string running_engines_file(const std::string& data_folder);

}  // namespace srasta::cli
