#pragma once

#include "access/source_limits.h"
#include "config/config.h"
#include "gateway/caller_limits.h"
#include "gateway/upstreams.h"
#include "inference/catalog.h"
#include "net/tls.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace srasta::gateway {

/// One configuration in force, with what was made from it. Immutable: a reload makes another one,
/// and what began under this one ends under it.
struct Plan {
  uint64_t revision = 0;
  config::Config config;
  std::string digest;  ///< of the configuration
  std::vector<UpstreamSpec> upstreams;
  std::vector<inference::AliasRule> aliases;
  std::shared_ptr<const net::TlsContext> tls;  ///< null for plain HTTP
  std::shared_ptr<const CallerLimits> limits;  ///< count on where those of the last plan were

  /// Tells the engines, which outlive plans, their rules of this one.
  void set_engines() const;
};

/// Reads the files that `loaded` names. An error leaves nothing behind. `before`: the plan that
/// ends; null at a start.
[[nodiscard]] base::Result<std::shared_ptr<const Plan>> make_plan(const config::Loaded& loaded,
                                                                  const Plan* before);

/// What sources may take, as `config` says.
[[nodiscard]] access::SourceLimits::Settings source_settings(const config::Config& config);

/// Code::Invalid with every key, one a line, that `wanted` changes although it is fixed while a
/// gateway runs.
[[nodiscard]] base::Result<void> check_reloadable(const config::Config& running,
                                                  const config::Config& wanted);

}  // namespace srasta::gateway
