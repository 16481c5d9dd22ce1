#pragma once

#include "policy/reason.h"
#include "policy/repo_path.h"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::policy {

/// A run of lines of a patch. Texts refer to it, without their line ends.
struct PatchLine {
  enum class Kind : uint8_t { Context, Removed, Added };
  Kind kind = Kind::Context;
  std::string_view text;
  bool ends = true;  ///< in a line feed; only the last line of a file may not
};

struct Hunk {
  size_t old_first = 0;  ///< line number from 1; 0 with `old_lines` 0: before the first
  size_t old_lines = 0;
  size_t new_first = 0;
  size_t new_lines = 0;
  std::vector<PatchLine> lines;
};

/// What a patch says of one file.
struct FilePatch {
  enum class Kind : uint8_t { Modify, Add, Delete, Rename, Copy };
  Kind kind = Kind::Modify;
  RepoPath old_path;                                ///< of Add: the new one
  RepoPath new_path;                                ///< of Delete: the old one
  std::optional<uint32_t> old_mode = std::nullopt;  ///< as far as it is said
  std::optional<uint32_t> new_mode = std::nullopt;
  std::vector<Hunk> hunks = {};
  bool binary = false;
  uint64_t binary_size = 0;  ///< that it says to inflate to
};

/// What the text must not exceed, before anything is allocated for it.
struct PatchBounds {
  size_t files = 10'000;
  size_t lines = 1'000'000;
};

/// Reads a patch as `git diff` prints it, strictly: every file begins with `diff --git a/...
/// b/...`, all names of a file agree, hunks have exactly the lines that they announce, nothing
/// stands between or behind them, no file is named twice. PATCH_PARSE, PATCH_HEADER_MISMATCH,
/// PATCH_NO_APPLY for line ends of another system, PATCH_TOO_MANY_FILES, PATCH_TOO_LARGE, or a
/// reason of paths.
[[nodiscard]] std::expected<std::vector<FilePatch>, Reason> parse_patch(std::string_view text,
                                                                        const PatchBounds& bounds);

/// The file that comes out: every hunk must fit where it says, byte for byte. Nothing else:
/// PATCH_NO_APPLY.
[[nodiscard]] std::optional<std::string> apply_hunks(std::string_view content,
                                                     const std::vector<Hunk>& hunks);

}  // namespace srasta::policy
