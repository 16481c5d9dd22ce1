#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "identity/forwarded.h"

#include <string>
#include <string_view>

namespace srasta::cli {

/// The name under which `srasta backup` speaks to services.
inline constexpr std::string_view kBackup = "backup";

/// The key of the pair `srasta backup` and `callee`: it follows from the log key, so that whoever
/// keeps <data>/keys has it, and each service is handed its own and no other one.
[[nodiscard]] identity::ForwardingKey backup_key(const base::Secret& log_key,
                                                 std::string_view callee);

/// POST without a body, signed, to the socket of a service; its answer. Unavailable when nothing
/// answers, or with another status than 200.
[[nodiscard]] base::Result<std::string> post_internal(const std::string& socket,
                                                      const std::string& callee,
                                                      const identity::ForwardingKey& key,
                                                      const std::string& path);

}  // namespace srasta::cli
