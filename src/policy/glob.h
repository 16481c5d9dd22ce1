#pragma once

#include "policy/repo_path.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::policy {

/// A pattern for paths or refs, matched segment by segment: `*` stands for any text within a
/// segment, `**` as a whole segment for any number of segments, `{a,b}` for either text. There is
/// nothing else, no character classes and no escapes. `src/**` covers what lies below `src`, not
/// `src` itself, and never `srcX/a`. Immutable; matching allocates nothing and takes at most
/// (segments of pattern) x (segments of path) steps for segments and as many for the bytes of one.
class Glob {
 public:
  static constexpr size_t kLongest = 512;
  static constexpr size_t kMostAlternatives = 64;

  /// Nothing: it is empty, too long, absolute, has an empty, `.` or `..` segment, `**` within a
  /// segment, a backslash, `?`, `[` or a brace that does not close.
  [[nodiscard]] static std::optional<Glob> parse(std::string_view text);

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] bool matches(const std::vector<std::string_view>& segments) const;
  [[nodiscard]] bool matches(std::string_view text) const;
  /// Whether something exists that both match. May say yes where nothing does, never no where
  /// something does.
  [[nodiscard]] bool may_overlap(const Glob& other) const;
  /// Of the case-folded pattern, to be matched with what is case-folded, too.
  [[nodiscard]] Glob folded() const;

 private:
  struct Pattern {
    std::vector<std::string> segments;  ///< an empty one is `**`
  };
  Glob(std::string text, std::vector<Pattern> alternatives);
  std::string text_;
  std::vector<Pattern> alternatives_;
};

/// Several globs, as one list of a policy. Matches what any of them matches.
class GlobList {
 public:
  void add(Glob glob);
  [[nodiscard]] bool empty() const { return globs_.empty(); }
  [[nodiscard]] const std::vector<Glob>& globs() const { return globs_; }
  [[nodiscard]] bool matches(const RepoPath& path) const;
  [[nodiscard]] bool matches(std::string_view text) const;
  /// In either spelling: for lists that deny, as a file system may not tell them apart.
  [[nodiscard]] bool denies(const RepoPath& path) const;
  [[nodiscard]] bool denies(std::string_view text) const;
  /// Whether it denies whatever may lie directly in `folder`.
  [[nodiscard]] bool denies_below(const RepoPath& folder) const;

 private:
  std::vector<Glob> globs_;
  std::vector<Glob> folded_;
  bool all_folded_ = true;  ///< the two lists are the same
};

}  // namespace srasta::policy
