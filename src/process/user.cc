#include "process/user.h"

#include <cerrno>
#include <grp.h>
#include <pwd.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

namespace srasta::process {
namespace {

constexpr size_t kEntrySize = 16 * 1024;

base::Result<User> user_of(const passwd& entry) {
  User user{.name = entry.pw_name,
            .id = entry.pw_uid,
            .group = entry.pw_gid,
            .groups = {},
            .home = entry.pw_dir};
  user.groups.resize(64);
  int count = static_cast<int>(user.groups.size());
  if (::getgrouplist(entry.pw_name, entry.pw_gid, user.groups.data(), &count) < 0) {
    user.groups.resize(static_cast<size_t>(count));
    if (::getgrouplist(entry.pw_name, entry.pw_gid, user.groups.data(), &count) < 0) {
      return base::make_error(base::Code::Internal, "the groups of a user changed while read");
    }
  }
  user.groups.resize(static_cast<size_t>(count));
  return user;
}

}  // namespace

base::Result<std::optional<User>> find_user(const std::string& name) {
  std::string buffer(kEntrySize, '\0');
  passwd entry{};
  passwd* found = nullptr;
  const int failure = ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) {
    if (failure == 0 || failure == ENOENT || failure == ESRCH) return std::optional<User>();
    return base::errno_error("look up user " + name, failure);
  }
  SRASTA_TRY_ASSIGN(User user, user_of(entry));
  return std::optional<User>(std::move(user));
}

base::Result<User> current_user() {
  std::string buffer(kEntrySize, '\0');
  passwd entry{};
  passwd* found = nullptr;
  const int failure = ::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found);
  if (found != nullptr) return user_of(entry);
  if (failure != 0) return base::errno_error("look up this user", failure);
  return base::make_error(base::Code::NotFound,
                          "user id " + std::to_string(::geteuid()) + " has no account");
}

base::Result<void> join_groups(User& user, std::span<const std::string_view> names) {
  for (const std::string_view name : names) {
    std::string buffer(kEntrySize, '\0');
    group entry{};
    group* found = nullptr;
    const int failure =
        ::getgrnam_r(std::string(name).c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (found != nullptr) {
      user.groups.push_back(entry.gr_gid);
    } else if (failure != 0 && failure != ENOENT && failure != ESRCH) {
      return base::errno_error("look up group " + std::string(name), failure);
    }
  }
  return {};
}

int switch_to(const User& user) noexcept {
  if (::setgroups(user.groups.size(), user.groups.data()) != 0) return errno;
  if (::setresgid(user.group, user.group, user.group) != 0) return errno;
  if (::setresuid(user.id, user.id, user.id) != 0) return errno;
  uid_t real = 0;
  uid_t effective = 0;
  uid_t saved = 0;
  if (::getresuid(&real, &effective, &saved) != 0) return errno;
  if (real != user.id || effective != user.id || saved != user.id) return EPERM;
  if (user.id != 0 && ::setuid(0) == 0) return EPERM;
  return 0;
}

ActingAs::ActingAs(const std::optional<User>& user) : active_(user.has_value()) {
  if (!active_) return;
  ::setfsgid(user->group);
  ::setfsuid(user->id);
}

ActingAs::~ActingAs() {
  if (!active_) return;
  ::setfsuid(::geteuid());
  ::setfsgid(::getegid());
}

std::optional<User> owner_to_act_as(const std::string& path) {
  struct stat status{};
  if (::geteuid() != 0 || ::stat(path.c_str(), &status) != 0 || status.st_uid == 0) {
    return std::nullopt;
  }
  return User{.name = {}, .id = status.st_uid, .group = status.st_gid, .groups = {}, .home = {}};
}

}  // namespace srasta::process
