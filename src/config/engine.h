#pragma once

#include "config/config.h"

#include <string>
#include <string_view>
#include <vector>

namespace srasta::config {

/// The account that engines run as, when `srasta up` starts as root, unless the file names another.
inline constexpr std::string_view kEngineUser = "srasta-engine";

/// The interface of loopback that every engine of `inference.engines` is told to listen on.
inline constexpr std::string_view kEngineHost = "127.0.0.1";

/// What the gateway sees of an engine that is started here.
[[nodiscard]] Upstream upstream_of(const Engine& engine);

/// The variable in which an engine of this kind is told a key that it asks its callers for; empty:
/// it asks for none.
[[nodiscard]] std::string_view key_variable_of(UpstreamKind kind);

/// Where `srasta up` writes that key, anew at each start.
[[nodiscard]] std::string engine_key_file(const std::string& data_folder);

/// The upstreams of engines that ask for a key get it from `key_file`.
void set_engine_key(Inference& inference, const std::string& key_file);

/// Names of the variables of `srasta up` that the engine gets, if they are set: those that choose
/// devices, and `environment`. Sorted, each once.
[[nodiscard]] std::vector<std::string> passed_variables(const Engine& engine);

/// Whether an engine may be given the variable: it belongs to a library or an engine on a list, and
/// neither holds a credential nor says where the engine listens.
[[nodiscard]] bool may_be_passed(std::string_view variable);

/// Whether `argument` is an option that says where an engine listens, what it serves or which key
/// it asks for, in any spelling that an engine takes: with `=`, with `_` for `-`, cut short.
[[nodiscard]] bool is_reserved_argument(std::string_view argument);

}  // namespace srasta::config
