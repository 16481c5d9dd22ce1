#pragma once

#include "base/result.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
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

/// Makes `user` a member of those of these groups that exist on this host, for `switch_to`.
[[nodiscard]] base::Result<void> join_groups(User& user, std::span<const std::string_view> names);

/// While it lives, files that this thread makes, and those of threads that it starts, are the
/// user's, and are judged by his rights; nothing without a user. For root, who writes in a folder
/// of somebody else what that one must be able to read.
class ActingAs {
 public:
  explicit ActingAs(const std::optional<User>& user);
  ActingAs(const ActingAs&) = delete;
  ActingAs& operator=(const ActingAs&) = delete;
  ~ActingAs();

 private:
  const bool active_;
};

/// Who owns `path`, as root may act for; nothing when this process is not root, when root owns it,
/// or when it is not there.
[[nodiscard]] std::optional<User> owner_to_act_as(const std::string& path);

}  // namespace srasta::process
