#pragma once

#include <optional>
#include <string_view>

namespace srasta::tlog {

// Private to tlog/: lines off the front of a text. Every line ends in a newline, the last one too.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  /// The next line without its newline; nothing where no newline follows.
  [[nodiscard]] std::optional<std::string_view> next() {
    const size_t end = rest_.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return line;
  }
  /// The next line behind `prefix`; nothing, and nothing taken, where it starts otherwise.
  [[nodiscard]] std::optional<std::string_view> next_behind(std::string_view prefix) {
    if (!rest_.starts_with(prefix)) return std::nullopt;
    auto line = next();
    if (line) line->remove_prefix(prefix.size());
    return line;
  }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

}  // namespace srasta::tlog
