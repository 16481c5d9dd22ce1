#pragma once

#include "admin/refusal.h"
#include "config/config.h"

#include <string>

namespace srasta::admin {

/// The configuration in force as JSON: its digest, and every setting with its value, where it comes
/// from, and the variable that locks it. Values are what `srasta config explain` shows: paths of
/// secrets, never a secret.
[[nodiscard]] std::string config_json(const config::Loaded& loaded);

/// Another text of the configuration file `file`, from where relative paths are read; `environment`
/// wins, as always. Invalid: what `srasta config check` would say, in `param`.
[[nodiscard]] Answered<config::Loaded> read_config(const std::string& yaml, const std::string& file,
                                                   const config::Environment& environment);

/// What `wanted` would change: its digest, each setting that differs with its value now and then,
/// and of these what a running platform cannot take over, what the host alone may set, and what
/// owners alone may.
[[nodiscard]] std::string changes_json(const config::Loaded& running, const config::Loaded& wanted);

}  // namespace srasta::admin
