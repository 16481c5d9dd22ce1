#pragma once

#include "policy/reason.h"

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::policy {

inline constexpr size_t kLongestPath = 1024;
inline constexpr size_t kMostSegments = 64;
inline constexpr size_t kLongestSegment = 255;

/// A path of a file or folder from the root of a repository, in its one plain spelling: UTF-8 in
/// normalization form C, segments joined by `/`, none of them empty, `.` or `..`; no backslash,
/// control, invisible or bidirectional code point, nothing that is read as `.`, `/` or `:` when it
/// is folded; no segment that some file system takes for `.git`. So what is judged is what is
/// touched. Immutable.
class RepoPath {
 public:
  /// The first thing that is wrong, from left to right: PATH_INVALID, PATH_ABSOLUTE,
  /// PATH_TRAVERSAL, PATH_TOO_LONG, PATH_UNICODE or PATH_GITDIR.
  [[nodiscard]] static std::expected<RepoPath, Reason> parse(std::string_view text);

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const std::vector<std::string_view>& segments() const { return segments_; }
  /// The same by `fold_case`, for lists that deny and for files that collide.
  [[nodiscard]] const std::string& folded() const { return folded_; }
  [[nodiscard]] const std::vector<std::string_view>& folded_segments() const {
    return folded_segments_;
  }

  RepoPath(const RepoPath& other);
  RepoPath(RepoPath&& other) noexcept;
  RepoPath& operator=(RepoPath other) noexcept;
  ~RepoPath() = default;

 private:
  RepoPath(std::string text, std::string folded);
  std::string text_;
  std::string folded_;
  std::vector<std::string_view> segments_;
  std::vector<std::string_view> folded_segments_;
};

/// The parts between slashes; one empty part for an empty text.
[[nodiscard]] std::vector<std::string_view> split_path(std::string_view text);

/// Whether Linux, HFS+ or NTFS takes `segment` for `.git`: in any case, with code points in it that
/// HFS+ ignores, as its short name `git~1`, with the dots and spaces behind it that NTFS drops, or
/// with the name of a stream (`.git::$INDEX_ALLOCATION`).
[[nodiscard]] bool is_git_folder(std::string_view segment);

}  // namespace srasta::policy
