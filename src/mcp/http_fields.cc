#include "mcp/http_fields.h"

#include "base/encoding.h"
#include "json/scanner.h"
#include "json/writer.h"

#include <algorithm>
#include <array>

namespace srasta::mcp {
namespace {

struct Part {
  std::string_view key;
  std::optional<std::string> HttpFields::* value;
};

constexpr std::array<Part, 4> kParts = {
    Part{"accept", &HttpFields::accept}, Part{"version", &HttpFields::version},
    Part{"method", &HttpFields::method}, Part{"name", &HttpFields::name}};

constexpr std::string_view kEncodedBegin = "=?base64?";
constexpr std::string_view kEncodedEnd = "?=";

/// Strict: what `to_base64` would write and nothing else.
std::optional<std::string> from_base64(std::string_view text) {
  std::string plain(text.substr(0, text.find('=')));
  std::ranges::replace(plain, '+', '-');
  std::ranges::replace(plain, '/', '_');
  auto bytes = base::from_base64url(plain);
  if (!bytes || base::to_base64(*bytes) != text) return std::nullopt;
  return bytes;
}

/// Whether one element of an Accept field takes `type`.
bool takes(std::string_view element, std::string_view type) {
  const std::string_view range = element.substr(0, element.find_first_of("; \t"));
  return range == "*/*" || base::equal_ignoring_case(range, type);
}

bool is_accepted(std::string_view list, std::string_view type) {
  while (true) {
    const size_t comma = list.find(',');
    std::string_view element = list.substr(0, comma);
    element.remove_prefix(std::min(element.find_first_not_of(" \t"), element.size()));
    if (takes(element, type)) return true;
    if (comma == list.npos) return false;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace

bool accepts_answers(const HttpFields& fields) {
  const std::string_view accept = fields.accept ? std::string_view(*fields.accept) : "";
  return is_accepted(accept, "application/json") && is_accepted(accept, "text/event-stream");
}

std::optional<std::string> meant_value(std::string_view field) {
  const bool encoded = field.starts_with(kEncodedBegin) && field.ends_with(kEncodedEnd) &&
                       field.size() >= kEncodedBegin.size() + kEncodedEnd.size();
  if (!encoded) return std::string(field);
  field.remove_prefix(kEncodedBegin.size());
  field.remove_suffix(kEncodedEnd.size());
  auto bytes = from_base64(field);
  if (!bytes || !base::is_utf8(*bytes)) return std::nullopt;
  return bytes;
}

std::string wrap(const HttpFields& fields, std::string_view message) {
  json::Writer writer;
  writer.begin_object();
  for (const Part& part : kParts) {
    const std::optional<std::string>& value = fields.*part.value;
    if (value) writer.member(part.key, std::string_view(*value));
  }
  std::string text = writer.end_object().take();
  return text.append("\n").append(message);
}

base::Result<Wrapped> unwrap(std::string_view text) {
  const size_t line = text.find('\n');
  const auto invalid = [] {
    return base::make_error(base::Code::Invalid, "this is no message with its fields");
  };
  if (line == text.npos) return invalid();
  const json::ScanOutcome scanned = json::scan_object(text.substr(0, line));
  if (!scanned.ok()) return invalid();
  Wrapped wrapped{.fields = {}, .message = text.substr(line + 1)};
  for (const json::Member& member : scanned.object.members()) {
    const auto part = std::ranges::find(kParts, member.key, &Part::key);
    auto value = json::string_value(member);
    if (part == kParts.end() || !value) return invalid();
    wrapped.fields.*part->value = *std::move(value);
  }
  return wrapped;
}

}  // namespace srasta::mcp
