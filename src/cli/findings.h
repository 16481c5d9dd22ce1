#pragma once

#include "config/config.h"
#include "sandbox/tier.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace srasta::cli {

enum class Verdict : uint8_t { Fail, Warn, Ok };

/// One line of `srasta doctor`.
struct Finding {
  Verdict verdict = Verdict::Fail;
  std::string subject;
  std::string text;
  std::string next_step;  ///< empty when there is nothing to do
};

/// The data folder, its keys, its configuration's files.
[[nodiscard]] std::vector<Finding> examine_installation(const config::Loaded& loaded,
                                                        const std::string& config_file,
                                                        const std::string& data_folder);

/// The listener and the engines, by TCP connections that wait at most 300 ms each.
[[nodiscard]] std::vector<Finding> examine_network(const config::Config& config,
                                                   const std::string& data_folder);

/// The engines of `inference.engines`: account, program, model, port, log.
[[nodiscard]] std::vector<Finding> examine_engines(const config::Config& config,
                                                   const std::string& data_folder);

/// Where copies of the audit log go: whether a TCP connection is accepted, and how many records are
/// missing there. Asks the name service, and may wait for it.
[[nodiscard]] std::vector<Finding> examine_sinks(const config::Config& config,
                                                 const std::string& data_folder);

/// The recovery key, how old the last backup is, and what was cut off. Nothing before the first
/// start.
[[nodiscard]] std::vector<Finding> examine_backups(const std::string& data_folder);

/// How far commands of the tool gateway can be kept apart here, tried as the service would. A
/// failure below `expected`; without that it is tried where there are policies.
[[nodiscard]] std::vector<Finding> examine_sandbox(const config::Config& config,
                                                   std::optional<sandbox::Tier> expected);

/// Disk, clock, kernel, user.
[[nodiscard]] std::vector<Finding> examine_host(const std::string& data_folder);

}  // namespace srasta::cli
