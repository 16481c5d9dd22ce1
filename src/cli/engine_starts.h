#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "config/config.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::cli {

/// One engine of `inference.engines`, as it is started.
struct EngineStart {
  std::string name;
  std::string program;
  std::vector<std::string> arguments;
  std::map<std::string, std::string> environment;  ///< complete
  std::string user;                                ///< empty: that of the process that starts it
  uint16_t port = 0;
  base::Millis ready_within{};
};

/// What the keeper of engines is told.
struct EngineStarts {
  std::string data_folder;
  std::vector<EngineStart> engines;
};

/// `environment` is that of `srasta up`. `home` is the engine's, `as_user` whether it gets its
/// `user`. Pure.
[[nodiscard]] EngineStart engine_start(const config::Engine& engine,
                                       const config::Environment& environment,
                                       const std::string& home, bool as_user);

/// Has it ask its callers for `key`, if it can.
void give_key(EngineStart& start, config::UpstreamKind kind, const base::Secret& key);

[[nodiscard]] base::Secret to_json(const EngineStarts& starts);
/// Code::Invalid for everything that `to_json` does not write.
[[nodiscard]] base::Result<EngineStarts> parse_engine_starts(std::string_view json);

/// The command that makes the account of an engine.
[[nodiscard]] std::string useradd_line(const std::string& user);

}  // namespace srasta::cli
