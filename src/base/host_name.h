#pragma once

#include <string>

namespace srasta::base {

/// What this host calls itself; empty when it does not say.
[[nodiscard]] std::string host_name();

}  // namespace srasta::base
