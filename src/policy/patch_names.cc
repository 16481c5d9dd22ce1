#include "policy/patch_names.h"

namespace srasta::policy {
namespace {

/// The byte that stands behind a backslash at `at`, which moves on.
std::optional<char> read_escape(std::string_view text, size_t& at) {
  constexpr std::string_view kLetters = "abtnvfr\"\\";
  constexpr std::string_view kBytes = "\a\b\t\n\v\f\r\"\\";
  if (const size_t known = kLetters.find(text[at]); known != std::string_view::npos) {
    ++at;
    return kBytes[known];
  }
  unsigned value = 0;
  for (int i = 0; i < 3; ++i, ++at) {
    if (at >= text.size() || text[at] < '0' || text[at] > '7') return std::nullopt;
    value = value * 8 + static_cast<unsigned>(text[at] - '0');
  }
  if (value > 0xff) return std::nullopt;
  return static_cast<char>(static_cast<unsigned char>(value));
}

/// Takes a quoted name from the front of `text`.
std::optional<std::string> take_quoted(std::string_view& text) {
  std::string name;
  size_t at = 1;
  while (at < text.size()) {
    const char c = text[at++];
    if (c == '"') {
      text.remove_prefix(at);
      return name;
    }
    if (c != '\\') {
      name += c;
      continue;
    }
    if (at >= text.size()) return std::nullopt;
    const auto byte = read_escape(text, at);
    if (!byte) return std::nullopt;
    name += *byte;
  }
  return std::nullopt;
}

/// Both names of a header in which at least one is quoted.
std::optional<std::pair<std::string, std::string>> split_quoted(std::string_view line) {
  std::string first;
  if (line.starts_with('"')) {
    auto name = take_quoted(line);
    if (!name || !line.starts_with(' ')) return std::nullopt;
    first = *std::move(name);
    line.remove_prefix(1);
  } else {
    const size_t quote = line.find(" \"");
    if (quote == std::string_view::npos) return std::nullopt;
    first = line.substr(0, quote);
    line.remove_prefix(quote + 1);
  }
  auto second = read_name(line);
  if (!second) return std::nullopt;
  return std::pair(std::move(first), *std::move(second));
}

}  // namespace

std::optional<std::string> read_name(std::string_view text) {
  if (!text.starts_with('"')) return std::string(text);
  auto name = take_quoted(text);
  return text.empty() ? name : std::nullopt;
}

std::expected<RepoPath, Reason> prefixed_path(std::string_view name, char prefix) {
  if (name.starts_with('/')) return std::unexpected(Reason::PathAbsolute);
  if (name.size() < 2 || name[0] != prefix || name[1] != '/') {
    return std::unexpected(Reason::PatchParse);
  }
  return RepoPath::parse(name.substr(2));
}

bool names_both(std::string_view line, const RepoPath& old_path, const RepoPath& new_path) {
  const std::string first = "a/" + old_path.text();
  const std::string second = "b/" + new_path.text();
  if (const auto quoted = split_quoted(line)) {
    return quoted->first == first && quoted->second == second;
  }
  return line == first + " " + second;
}

std::expected<RepoPath, Reason> path_named_twice(std::string_view line) {
  if (const auto quoted = split_quoted(line)) {
    auto path = prefixed_path(quoted->first, 'a');
    if (!path) return path;
    return names_both(line, *path, *path) ? path : std::unexpected(Reason::PatchHeaderMismatch);
  }
  // `a/NAME b/NAME`: both halves are of one length.
  if (line.size() < 7 || line.size() % 2 == 0) return std::unexpected(Reason::PatchHeaderMismatch);
  auto path = prefixed_path(line.substr(0, line.size() / 2), 'a');
  if (!path) return path;
  return names_both(line, *path, *path) ? path : std::unexpected(Reason::PatchHeaderMismatch);
}

}  // namespace srasta::policy
