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

/// A service, as another process of the platform asks it.
struct InternalPeer {
  std::string_view caller;  ///< who asks
  std::string callee;
  std::string socket;
  const identity::ForwardingKey& key;  ///< of the pair
};

/// GET or POST without a body, signed; the answer. Unavailable when nothing answers, or with
/// another status than 200.
[[nodiscard]] base::Result<std::string> ask_internal(const InternalPeer& peer,
                                                     std::string_view method,
                                                     const std::string& path);

}  // namespace srasta::cli
