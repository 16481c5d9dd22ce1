#include "identity/forwarded.h"

#include "base/encoding.h"
#include "identity/claims.h"
#include "identity/forwarded_principal.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace srasta::identity {
namespace {

using Unexpected = std::unexpected<ForwardedFault>;

constexpr size_t kSignatureHexSize = 64;
constexpr std::string_view kHashedBody = "sha256=";
constexpr std::string_view kPrefix = "x-srasta-";
constexpr std::array<std::string_view, 8> kFields = {
    "X-Srasta-Principal", "X-Srasta-Request-Id", "X-Srasta-Timestamp", "X-Srasta-Nonce",
    "X-Srasta-Audit",     "X-Srasta-Body",       "X-Srasta-Key-Id",    "X-Srasta-Signature",
};

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Whether `name` begins with `prefix` (lower case) when case and "_" for "-" do not count.
bool begins_like(std::string_view name, std::string_view prefix) {
  return name.size() >= prefix.size() &&
         std::ranges::equal(name.substr(0, prefix.size()), prefix, [](char c, char expected) {
           return c == expected || (c == '_' && expected == '-') ||
                  (c >= 'A' && c <= 'Z' && c - 'A' + 'a' == expected);
         });
}

struct Nonce {
  std::string_view sender;  ///< <boot id>-<core>
  uint64_t counter = 0;
};

std::optional<Nonce> parse_nonce(std::string_view text) {
  const size_t dash = text.find('-');
  const size_t dot = text.find('.');
  if (dash == std::string_view::npos || dot == std::string_view::npos || dot < dash) {
    return std::nullopt;
  }
  const std::string_view boot = text.substr(0, dash);
  const auto core = base::parse_u64(text.substr(dash + 1, dot - dash - 1));
  const auto counter = base::parse_u64(text.substr(dot + 1));
  if (boot.size() < 16 || boot.size() > 40 || !std::ranges::all_of(boot, is_alphanumeric) ||
      !core || *core > 65535 || !counter) {
    return std::nullopt;
  }
  return Nonce{text.substr(0, dot), *counter};
}

bool is_body_mode(std::string_view mode) {
  if (mode == kStreamedBody) return true;
  if (!mode.starts_with(kHashedBody)) return false;
  const auto digest = base::from_hex(mode.substr(kHashedBody.size()));
  return digest && digest->size() == sizeof(crypto::Digest);
}

constexpr std::string_view kNoAuditLog = "-";
constexpr size_t kLongestStream = 32;

bool is_stream_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestStream && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

/// A line feed in a field would move the later ones by a line.
bool has_only_plain_text(const ForwardedHead& head) {
  const std::string_view texts[] = {head.caller,     head.callee,       head.method,
                                    head.target,     head.content_type, head.request_id,
                                    head.audit_head, head.key_id};
  return std::ranges::none_of(texts, has_control_characters);
}

bool is_well_formed(const ForwardedHead& head) {
  return has_only_plain_text(head) && !head.request_id.empty() && parse_principal(head.principal) &&
         parse_nonce(head.nonce) && parse_audit_head(head.audit_head) &&
         is_body_mode(head.body_mode);
}

std::optional<int64_t> parse_timestamp(std::string_view text) {
  const auto value = base::parse_u64(text);
  // Thirteen digits: milliseconds from 2001 to 2286, so that seconds are not taken for them.
  if (!value || text.size() != 13) return std::nullopt;
  return static_cast<int64_t>(*value);
}

base::WallTime time_of(int64_t timestamp_ms) {
  return base::WallTime(base::Millis(timestamp_ms));
}

}  // namespace

std::string_view to_string(ForwardedFault fault) {
  switch (fault) {
    case ForwardedFault::Missing:
      return "missing";
    case ForwardedFault::Duplicate:
      return "duplicate";
    case ForwardedFault::Malformed:
      return "malformed";
    case ForwardedFault::KeyId:
      return "key_id";
    case ForwardedFault::Signature:
      return "signature";
    case ForwardedFault::Window:
      return "window";
    case ForwardedFault::Replay:
      return "replay";
    case ForwardedFault::BodyHash:
      return "body_hash";
    case ForwardedFault::Principal:
      return "principal";
    case ForwardedFault::Busy:
      return "busy";
  }
  return "malformed";
}

bool is_platform_header(std::string_view name) {
  constexpr std::string_view kGateway = "http-";
  if (begins_like(name, kGateway)) name.remove_prefix(kGateway.size());
  return begins_like(name, kPrefix);
}

std::string to_string(const AuditHead& head) {
  if (head.stream.empty()) return std::string(kNoAuditLog);
  return head.stream + ":" + std::to_string(head.records) + ":" +
         base::to_hex(crypto::bytes_of(head.leaf));
}

std::string_view audit_stream_of(std::string_view service) {
  return service == "supervisor" ? std::string_view("install") : service;
}

std::optional<AuditHead> parse_audit_head(std::string_view text) {
  if (text == kNoAuditLog) return AuditHead{};
  const size_t first = text.find(':');
  const size_t last = text.rfind(':');
  if (first == last || !is_stream_name(text.substr(0, first))) return std::nullopt;
  const auto records = base::parse_u64(text.substr(first + 1, last - first - 1));
  const auto leaf = base::from_hex(text.substr(last + 1));
  AuditHead head{.stream = std::string(text.substr(0, first))};
  if (!records || !leaf || leaf->size() != head.leaf.size()) return std::nullopt;
  head.records = *records;
  std::ranges::copy(*leaf, head.leaf.begin());
  return head;
}

std::string canonical(const ForwardedHead& head) {
  std::string text(kForwardedVersion);
  const std::string length = head.content_length ? std::to_string(*head.content_length) : "-";
  const std::string time = std::to_string(head.timestamp_ms);
  const std::string_view lines[] = {
      head.caller,     head.callee,    head.method,     head.target, head.content_type,
      length,          head.principal, head.request_id, time,        head.nonce,
      head.audit_head, head.body_mode, head.key_id};
  for (const std::string_view line : lines) text.append("\n").append(line);
  return text;
}

std::string body_mode_of(std::string_view body) {
  return std::string(kHashedBody) + base::to_hex(crypto::bytes_of(crypto::sha256(body)));
}

std::string sign_forwarded(const ForwardedHead& head, const ForwardingKey& key) {
  return base::to_hex(crypto::bytes_of(crypto::hmac_sha256(key.secret.expose(), canonical(head))));
}

std::string body_mac(std::string_view signature, uint64_t length, const crypto::Digest& body,
                     const ForwardingKey& key) {
  std::string message = base::from_hex(signature).value_or("");
  for (int shift = 56; shift >= 0; shift -= 8) message += static_cast<char>(length >> shift);
  message += crypto::bytes_of(body);
  return base::to_hex(crypto::bytes_of(crypto::hmac_sha256(key.secret.expose(), message)));
}

NonceSource::NonceSource(std::string boot_id, unsigned core)
    : prefix_(std::move(boot_id) + "-" + std::to_string(core) + ".") {}

std::string NonceSource::next() {
  return prefix_ + std::to_string(++counter_);
}

std::vector<std::pair<std::string, std::string>> forwarded_fields(const ForwardedHead& head,
                                                                  std::string_view signature) {
  const std::array<std::string_view, 7> values = {head.principal, head.request_id, {},
                                                  head.nonce,     head.audit_head, head.body_mode,
                                                  head.key_id};
  std::vector<std::pair<std::string, std::string>> fields;
  for (size_t i = 0; i < values.size(); ++i) fields.emplace_back(kFields[i], values[i]);
  fields[2].second = std::to_string(head.timestamp_ms);
  fields.emplace_back(kFields[7], signature);
  return fields;
}

std::expected<SignedHead, ForwardedFault> read_forwarded(
    std::span<const std::pair<std::string_view, std::string_view>> fields,
    ReceivedRequest request) {
  std::array<std::optional<std::string_view>, kFields.size()> found;
  for (const auto& [name, value] : fields) {
    for (size_t i = 0; i < kFields.size(); ++i) {
      if (!base::equal_ignoring_case(name, kFields[i])) continue;
      if (found[i]) return Unexpected(ForwardedFault::Duplicate);
      found[i] = value;
    }
  }
  if (!std::ranges::all_of(found, [](const auto& value) { return value.has_value(); })) {
    return Unexpected(ForwardedFault::Missing);
  }
  const auto text = [&](size_t i) { return std::string(found[i].value_or("")); };
  const auto timestamp = parse_timestamp(text(2));
  if (!timestamp) return Unexpected(ForwardedFault::Malformed);
  return SignedHead{.head = {.caller = std::move(request.caller),
                             .callee = std::move(request.callee),
                             .method = std::move(request.method),
                             .target = std::move(request.target),
                             .content_type = std::move(request.content_type),
                             .content_length = request.content_length,
                             .principal = text(0),
                             .request_id = text(1),
                             .timestamp_ms = *timestamp,
                             .nonce = text(3),
                             .audit_head = text(4),
                             .body_mode = text(5),
                             .key_id = text(6)},
                    .signature = text(7)};
}

ForwardedVerifier::ForwardedVerifier(ForwardingKey current, std::optional<ForwardingKey> previous,
                                     base::WallTime started)
    : window_(started, kForwardedSkew) {
  keys_.push_back(std::move(current));
  if (previous) keys_.push_back(*std::move(previous));
}

const ForwardingKey* ForwardedVerifier::find_key(std::string_view id) const {
  const auto found = std::ranges::find(keys_, id, &ForwardingKey::id);
  return found == keys_.end() ? nullptr : &*found;
}

std::expected<void, ForwardedFault> ForwardedVerifier::verify(const SignedHead& received,
                                                              base::WallTime now) {
  const auto& [head, signature] = received;
  const ForwardingKey* key = find_key(head.key_id);
  if (key == nullptr) return Unexpected(ForwardedFault::KeyId);
  if (!is_well_formed(head) || signature.size() != kSignatureHexSize) {
    return Unexpected(ForwardedFault::Malformed);
  }
  if (!base::equal_constant_time(signature, sign_forwarded(head, *key))) {
    return Unexpected(ForwardedFault::Signature);
  }
  const base::WallTime timestamp = time_of(head.timestamp_ms);
  if (timestamp > now + kForwardedSkew || timestamp < now - kForwardedSkew) {
    return Unexpected(ForwardedFault::Window);
  }
  const auto nonce = parse_nonce(head.nonce);
  if (!nonce) return Unexpected(ForwardedFault::Malformed);
  const std::string sender = head.key_id + "/" + std::string(nonce->sender);
  switch (window_.use(sender, nonce->counter, timestamp, now)) {
    case ReplayWindow::Verdict::Fresh:
      return {};
    case ReplayWindow::Verdict::Busy:
      return Unexpected(ForwardedFault::Busy);
    case ReplayWindow::Verdict::Replay:
      break;
  }
  return Unexpected(ForwardedFault::Replay);
}

bool ForwardedVerifier::body_matches(const ForwardedHead& head, const crypto::Digest& body) {
  const std::string mode = std::string(kHashedBody) + base::to_hex(crypto::bytes_of(body));
  return base::equal_constant_time(head.body_mode, mode);
}

bool ForwardedVerifier::trailer_matches(const SignedHead& received, uint64_t length,
                                        const crypto::Digest& body,
                                        std::string_view trailer) const {
  const ForwardingKey* key = find_key(received.head.key_id);
  if (key == nullptr || received.head.body_mode != kStreamedBody) return false;
  return base::equal_constant_time(trailer, body_mac(received.signature, length, body, *key));
}

}  // namespace srasta::identity
