#include "policy/ref_name.h"

#include "policy/repo_path.h"

#include <algorithm>
#include <charconv>

namespace srasta::policy {
namespace {

constexpr std::string_view kFullPrefix = "refs/";
constexpr size_t kOidDigits = 40;
constexpr size_t kMostAncestors = 8;
constexpr unsigned kFarthest = 1000;

bool is_ref_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

bool is_ref_segment(std::string_view segment) {
  if (segment.empty() || segment.front() == '-' || segment.front() == '.') return false;
  if (segment.back() == '.' || segment.ends_with(".lock") || segment.contains("..")) return false;
  return segment != "HEAD" && std::ranges::all_of(segment, is_ref_char);
}

bool is_ref_path(std::string_view name) {
  return !name.empty() && name.size() <= kLongestRef &&
         std::ranges::all_of(split_path(name), is_ref_segment);
}

/// Takes the digits at the front of `text`; 1 without any, nothing when they are too many.
std::optional<unsigned> take_count(std::string_view& text) {
  unsigned count = 1;
  const char* const begin = text.data();
  const auto [end, failure] = std::from_chars(begin, begin + text.size(), count);
  if (end == begin) return 1U;
  if (failure != std::errc() || count > kFarthest) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - begin));
  return count;
}

bool read_ancestors(std::string_view text, std::vector<Ancestor>& ancestors) {
  while (!text.empty()) {
    const auto kind = text.front() == '~' ? Ancestor::Kind::Generations : Ancestor::Kind::Parent;
    if (text.front() != '~' && text.front() != '^') return false;
    text.remove_prefix(1);
    const auto count = take_count(text);
    if (!count || ancestors.size() == kMostAncestors) return false;
    ancestors.push_back({kind, *count});
  }
  return true;
}

}  // namespace

bool is_oid(std::string_view text) {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return text.size() == kOidDigits && std::ranges::all_of(text, is_digit) &&
         text.find_first_not_of('0') != std::string_view::npos;
}

bool is_short_ref(std::string_view name) {
  return is_ref_path(name) && !name.starts_with(kFullPrefix) && name != "refs";
}

std::expected<Revision, Reason> parse_revision(std::string_view text) {
  const size_t end = std::min(text.find_first_of("~^"), text.size());
  const std::string_view name = text.substr(0, end);
  Revision revision{.name = std::string(name)};
  const bool all_digits = name.size() == kOidDigits &&
                          name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  if (name == "HEAD") {
    revision.kind = Revision::Kind::Head;
  } else if (is_oid(name)) {
    revision.kind = Revision::Kind::Oid;
  } else if (name.starts_with(kFullPrefix) && is_ref_path(name)) {
    revision.kind = Revision::Kind::Full;
  } else if (!is_short_ref(name) || all_digits) {
    return std::unexpected(Reason::RefInvalid);
  }
  if (!read_ancestors(text.substr(end), revision.ancestors)) {
    return std::unexpected(Reason::RefInvalid);
  }
  return revision;
}

}  // namespace srasta::policy
