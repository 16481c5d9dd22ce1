#include "http/path.h"

#include "base/encoding.h"

#include <algorithm>

namespace srasta::http {
namespace {

bool is_unreserved(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

std::optional<char> decode_octet(std::string_view text) {
  if (text.size() < 3) return std::nullopt;
  const auto bytes = base::from_hex(base::to_lower(text.substr(1, 2)));
  if (!bytes) return std::nullopt;
  const char c = bytes->front();
  const auto byte = static_cast<uint8_t>(c);
  if (byte < 0x20 || byte == 0x7F || c == '/' || c == '\\' || is_unreserved(c)) return std::nullopt;
  return c;
}

std::optional<std::string> decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size(); ++at) {
    const bool printable = text[at] > 0x20 && text[at] < 0x7F;
    if (!printable || text[at] == '\\' || text[at] == '#') return std::nullopt;
    if (text[at] != '%') {
      out += text[at];
      continue;
    }
    const auto octet = decode_octet(text.substr(at));
    if (!octet) return std::nullopt;
    out += *octet;
    at += 2;
  }
  return out;
}

bool has_bad_segment(std::string_view path) {
  for (size_t start = 1; start <= path.size();) {
    const size_t end = std::min(path.find('/', start), path.size());
    const std::string_view segment = path.substr(start, end - start);
    if (segment == "." || segment == "..") return true;
    if (segment.empty() && end != path.size()) return true;
    start = end + 1;
  }
  return path.size() > 1 && path.ends_with("//");
}

}  // namespace

std::optional<CanonicalPath> canonical_path(std::string_view target) {
  if (!target.starts_with('/') || target.find('#') != std::string_view::npos) return std::nullopt;
  const size_t question = target.find('?');
  auto path = decode(target.substr(0, question));
  if (!path || has_bad_segment(*path) || !base::is_utf8(*path)) return std::nullopt;
  const std::string_view query =
      question == std::string_view::npos ? std::string_view() : target.substr(question + 1);
  return CanonicalPath{std::move(*path), query};
}

}  // namespace srasta::http
