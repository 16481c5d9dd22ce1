#pragma once

#include "base/result.h"
#include "sandbox/tree_writer.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::sandbox {

/// A regular file that differs from what was there before the run.
struct Change {
  enum class Kind : uint8_t { Added, Changed, Removed };

  std::string path;
  Kind kind = Kind::Changed;
  bool executable = false;  ///< mode 100755 instead of 100644; of Removed, false
  std::string bytes;        ///< of Removed, empty
};

/// Something that is neither a regular file nor a directory, or whose name no plain path can have.
struct Ignored {
  std::string path;       ///< of bytes as they are: not for a terminal
  std::string_view kind;  ///< "symlink", "fifo", "socket", "device", "name", "mount"
};

struct Captured {
  std::vector<Change> changes;   ///< by path
  std::vector<Ignored> ignored;  ///< by path
};

struct CaptureLimits {
  uint64_t entries = 100'000;    ///< looked at: files, folders and what is ignored
  uint64_t changes = 1'000;      ///< files
  uint64_t bytes = 16ULL << 20;  ///< of all changed files
};

/// What is different below `directory` from `before`. Bytes are compared, not times: a program can
/// write without moving those. No link is followed, no FIFO is waited for. Code::TooLarge over a
/// limit, never a shorter list. Only when nothing foreign runs in there any more.
[[nodiscard]] base::Result<Captured> capture(int directory, const Manifest& before,
                                             const CaptureLimits& limits);

}  // namespace srasta::sandbox
