#pragma once

#include "config/config.h"

#include <string>
#include <string_view>

namespace srasta::config {

/// Every option with type, default and help, for a terminal.
[[nodiscard]] std::string schema_text();

/// The reference page `docs/configuration.md`.
[[nodiscard]] std::string schema_markdown();

/// Every setting in force, one a line, with the place it comes from.
[[nodiscard]] std::string explain_all(const Loaded& loaded);

/// One option: value in force, source, default, what is allowed, what it is for. `key` is as
/// `explain_all` shows it or as the schema does. Code::NotFound names the nearest key.
[[nodiscard]] base::Result<std::string> explain_key(const Loaded& loaded, const std::string& key);

}  // namespace srasta::config
