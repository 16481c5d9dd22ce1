#pragma once

#include "access/access_rules.h"
#include "config/config.h"

namespace srasta::access {

/// The rules that a configuration declares, without revision. Total: a valid configuration names
/// only what exists. `source` is the SHA-256 over `key = value` and a line end of every setting of
/// `access` and `tenants`, in the order of the keys.
[[nodiscard]] AccessRules compile_access(const config::Loaded& loaded);

}  // namespace srasta::access
