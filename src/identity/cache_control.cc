#include "identity/cache_control.h"

#include "base/encoding.h"

#include <algorithm>

namespace srasta::identity {
namespace {

constexpr base::Seconds kForever{int64_t{10} * 366 * 24 * 3600};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// RFC 9111 section 1.2.2: delta-seconds are digits; what does not fit counts as very long.
std::optional<base::Seconds> parse_delta(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    text = text.substr(1, text.size() - 2);
  }
  if (text.empty() || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) {
    return std::nullopt;
  }
  const size_t first = std::min(text.find_first_not_of('0'), text.size() - 1);
  const auto seconds = base::parse_u64(text.substr(first));
  if (!seconds || *seconds > static_cast<uint64_t>(kForever.count())) return kForever;
  return base::Seconds(static_cast<int64_t>(*seconds));
}

std::optional<base::Seconds> read_directive(std::string_view directive) {
  const size_t equals = directive.find('=');
  const std::string name = base::to_lower(trimmed(directive.substr(0, equals)));
  if (name == "no-store" || name == "no-cache") return base::Seconds(0);
  if (name != "max-age" || equals == std::string_view::npos) return std::nullopt;
  return parse_delta(trimmed(directive.substr(equals + 1)));
}

}  // namespace

std::optional<base::Seconds> parse_max_age(std::span<const std::string_view> values) {
  std::optional<base::Seconds> smallest;
  for (std::string_view value : values) {
    while (!value.empty()) {
      const size_t comma = value.find(',');
      const auto age = read_directive(value.substr(0, comma));
      if (age && (!smallest || *age < *smallest)) smallest = age;
      value = comma == std::string_view::npos ? std::string_view{} : value.substr(comma + 1);
    }
  }
  return smallest;
}

}  // namespace srasta::identity
