#pragma once

#include "base/result.h"

#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace srasta::process {

/// An account of this host, with everything that a switch to it needs.
struct User {
  std::string name;
  uid_t id = 0;
  gid_t group = 0;
  std::vector<gid_t> groups;  ///< supplementary, `group` included
  std::string home;
};

/// Nothing when no such account exists.
[[nodiscard]] base::Result<std::optional<User>> find_user(const std::string& name);

/// The account behind the effective user id. Code::NotFound when the id has no entry.
[[nodiscard]] base::Result<User> current_user();

/// Becomes `user` for good: groups, group, user, in this order, real, effective and saved. Fails
/// when any of them did not change or when the old one could be taken back. Only async-signal-safe
/// calls, so it may run between fork and exec. On failure nothing may be assumed about the ids:
/// the process must end. 0 or errno.
[[nodiscard]] int switch_to(const User& user) noexcept;

}  // namespace srasta::process
