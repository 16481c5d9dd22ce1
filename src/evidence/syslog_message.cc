#include "evidence/syslog_message.h"

#include "audit/search.h"
#include "base/encoding.h"

#include <algorithm>

#include <fmt/format.h>

namespace srasta::evidence {
namespace {

constexpr int kFacility = 13;
constexpr int kWarning = 4;
constexpr int kInformational = 6;
constexpr std::string_view kNil = "-";
constexpr size_t kMostTime = 32;
constexpr size_t kMostHost = 255;
constexpr size_t kMostMsgId = 32;
/// RFC 5612 keeps this enterprise number for documentation; we have none of our own.
constexpr std::string_view kDataId = "srasta@32473";

/// A part of the header: printable ASCII without spaces, or "-".
std::string_view header_part(std::string_view text, size_t most) {
  const bool fits = !text.empty() && text.size() <= most &&
                    std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
  return fits ? text : kNil;
}

std::string param(std::string_view name, std::string_view value) {
  return fmt::format(" {}=\"{}\"", name, escape_param(value));
}

int priority(std::string_view outcome) {
  const bool bad = outcome == "deny" || outcome == "error";
  return kFacility * 8 + (bad ? kWarning : kInformational);
}

}  // namespace

std::string escape_param(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  for (const char c : value) {
    if (c == '"' || c == '\\' || c == ']') out += '\\';
    out += c;
  }
  return out;
}

std::string syslog_message(std::string_view host, std::string_view stream,
                           const SinkRecord& record) {
  const audit::Found found = audit::read_found(record.line).value_or(audit::Found{});
  std::string data(kDataId);
  data += param("h", base::to_hex(crypto::bytes_of(record.leaf)));
  if (!found.request.empty()) data += param("rid", found.request);
  data += param("seq", std::to_string(record.seq));
  data += param("stream", stream);
  return fmt::format("<{}>1 {} {} srasta - {} [{}] {}", priority(found.outcome),
                     header_part(found.time, kMostTime), header_part(host, kMostHost),
                     header_part(found.act, kMostMsgId), data, record.line);
}

std::string syslog_frame(std::string_view message) {
  return fmt::format("{} {}", message.size(), message);
}

}  // namespace srasta::evidence
