#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::policy {

/// A regular expression of RE2: no look-around and no references back, so that every match takes
/// time linear in the text. Immutable, cheap to copy.
class Pattern {
 public:
  /// The error says what is wrong with `text`.
  [[nodiscard]] static std::expected<Pattern, std::string> parse(std::string_view text);
  /// Matches exactly `text`.
  [[nodiscard]] static Pattern literal(std::string_view text);

  /// As it was written.
  [[nodiscard]] const std::string& text() const;
  [[nodiscard]] bool matches_whole(std::string_view text) const;
  struct Place {
    size_t begin = 0;
    size_t end = 0;
  };
  /// The first match that begins at `from` or later.
  [[nodiscard]] std::optional<Place> find(std::string_view text, size_t from = 0) const;
  /// Whether a text that begins with `-` may match as a whole. Errs on the side of yes.
  [[nodiscard]] bool may_be_option() const;

 private:
  struct Impl;
  explicit Pattern(std::shared_ptr<const Impl> impl);
  std::shared_ptr<const Impl> impl_;
};

}  // namespace srasta::policy
