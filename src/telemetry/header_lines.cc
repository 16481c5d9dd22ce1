#include "telemetry/header_lines.h"

#include "base/encoding.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace srasta::telemetry {
namespace {

constexpr auto kOurs = std::to_array<std::string_view>(
    {"host", "accept", "connection", "content-length", "content-type", "content-encoding",
     "transfer-encoding", "expect", "te", "trailer", "upgrade"});

/// A token of RFC 9110 section 5.6.2.
bool is_name(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  const auto fits = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
  };
  return !text.empty() && std::ranges::all_of(text, fits);
}

bool is_value(std::string_view text) {
  const auto fits = [](char c) { return c == '\t' || (c >= 0x20 && c < 0x7F); };
  return !text.empty() && std::ranges::all_of(text, fits);
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t') || text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

bool is_ours(std::string_view name) {
  return std::ranges::any_of(
      kOurs, [&](std::string_view ours) { return base::equal_ignoring_case(ours, name); });
}

}  // namespace

base::Result<base::Secret> parse_header_lines(const base::Secret& text) {
  std::string_view rest = text.expose();
  std::string lines;
  // Growing would leave a copy behind that nobody wipes: each line gains at most three bytes.
  lines.reserve(rest.size() + 3 * (1 + static_cast<size_t>(std::ranges::count(rest, '\n'))));
  for (unsigned number = 1; !rest.empty(); ++number) {
    const size_t end = rest.find('\n');
    const std::string_view line = trimmed(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.empty() || line.starts_with('#')) continue;
    const size_t colon = line.find(':');
    const std::string_view name = line.substr(0, colon);
    const std::string_view value =
        colon == std::string_view::npos ? std::string_view() : trimmed(line.substr(colon + 1));
    if (!is_name(name) || !is_value(value) || is_ours(name)) {
      base::wipe(lines);
      return base::make_error(
          base::Code::Invalid,
          fmt::format("line {} is not `name: value` of a field that may be set", number));
    }
    lines.append(name).append(": ").append(value).append("\r\n");
  }
  return base::Secret(std::move(lines));
}

}  // namespace srasta::telemetry
