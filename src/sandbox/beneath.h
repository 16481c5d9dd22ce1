#pragma once

#include "base/descriptor.h"
#include "base/result.h"

#include <string>
#include <string_view>
#include <sys/types.h>

namespace srasta::sandbox {

/// openat2(2) below `directory` with O_CLOEXEC and O_NOFOLLOW: no symbolic link, no `..` that
/// leaves, no magic link and no other file system is passed on the way. -1 with errno.
[[nodiscard]] int open_beneath(int directory, const std::string& path, int flags, mode_t mode = 0);

/// The same for one name, whose owner may have taken his own rights away: they are given back
/// first, to regular files and directories. Only when nothing foreign runs any more. -1 with errno.
[[nodiscard]] int reopen_beneath(int directory, const std::string& name, int flags);

/// Whether `path` is relative, has no empty segment, no `.` and no `..`, no NUL, and at most 1024
/// bytes and 64 segments of at most 255 bytes.
[[nodiscard]] bool is_plain_path(std::string_view path);

/// Removes everything below `directory`, whatever its modes and however deep; links are removed,
/// not followed. Nothing foreign may run in there any more.
[[nodiscard]] base::Result<void> remove_content(int directory);

}  // namespace srasta::sandbox
