#pragma once

#include "admin/refusal.h"
#include "config/config.h"

#include <string>

namespace srasta::admin {

/// The configuration in force as JSON: its digest, and every setting with its value, where it comes
/// from, and the variable that locks it. Values are what `srasta config explain` shows: paths of
/// secrets, never a secret.
[[nodiscard]] std::string config_json(const config::Loaded& loaded);

/// What another text of the file would change: the digest that it would have, and each setting that
/// differs with its value now and then; nothing is changed. Invalid: what `srasta config check`
/// would say, in `param`. `file`: relative paths are read from there. `environment` wins, as
/// always.
[[nodiscard]] Answered<std::string> compare_config(const config::Loaded& loaded,
                                                   const std::string& yaml, const std::string& file,
                                                   const config::Environment& environment);

}  // namespace srasta::admin
