#pragma once

#include "admin/config_channel.h"
#include "config/config.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace srasta::cli {

/// What a change of the configuration file needs of the process that makes it.
struct ConfigChangeParts {
  std::string file;  ///< empty: the platform runs without one
  std::string data_folder;
  config::Environment environment;
  /// Lets every service read the file again.
  std::function<void()> reload;
  /// The digests of the configurations that services say are in force; fewer than there are
  /// services when one does not answer.
  std::function<std::vector<std::string>()> digests_in_force;
  size_t services = 0;          ///< how many there must be
  base::Millis within{10'000};  ///< how long services may take
};

/// Puts a revision of the administration's database into the file, lets the services read it, and
/// waits until all of them say that it is in force. If they do not, the file gets back what it had,
/// and they read that. The rules of `config/changes.h` hold whoever asks: a service that was taken
/// over cannot send the log elsewhere. Blocks.
[[nodiscard]] admin::ConfigOutcome change_config(const ConfigChangeParts& parts, int64_t revision);

}  // namespace srasta::cli
