#pragma once

#include "access/caller.h"

#include <memory>
#include <string_view>
#include <sys/types.h>

namespace srasta::identity {

/// In place of an issuer for users of the operating system.
inline constexpr std::string_view kHostIssuer = "os";

/// Turns the other end of a Unix socket, as the kernel names it (SO_PEERCRED), into a caller.
class HostOperator {
 public:
  /// Root, and `keeper`, who owns the folder of the platform's keys, may administer the platform
  /// from its own host: they can read its keys anyway. The user that services run as is another
  /// one where root started them, so no service is its own operator. The caller is "os:<uid>" of
  /// the tenant "platform" with what the roles owner and admin permit together. Null for everybody
  /// else.
  [[nodiscard]] static std::shared_ptr<const access::Caller> admit(uid_t peer, uid_t keeper);
};

}  // namespace srasta::identity
