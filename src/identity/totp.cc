#include "identity/totp.h"

#include "base/encoding.h"
#include "crypto/hash.h"

#include <fmt/format.h>

namespace srasta::identity {
namespace {

constexpr uint32_t kCodes = 1'000'000;
constexpr std::string_view kIssuerName = "Srasta";

std::string big_endian(int64_t number) {
  std::string bytes(8, '\0');
  for (size_t i = 8; i-- > 0; number >>= 8) bytes[i] = static_cast<char>(number & 0xFF);
  return bytes;
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.';
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace

int64_t totp_step(int64_t unix_seconds) {
  return unix_seconds / kTotpStepSeconds;
}

std::string totp_code(std::string_view key, int64_t step) {
  const auto mac = crypto::hmac_sha1(key, big_endian(step));
  // RFC 4226 section 5.3.
  const size_t at = mac.back() & 0xF;
  const uint32_t number = (uint32_t{mac[at]} & 0x7F) << 24 | uint32_t{mac[at + 1]} << 16 |
                          uint32_t{mac[at + 2]} << 8 | uint32_t{mac[at + 3]};
  return fmt::format("{:06}", number % kCodes);
}

std::optional<int64_t> accept_totp(std::string_view key, std::string_view code,
                                   int64_t unix_seconds, std::optional<int64_t> last_used) {
  const int64_t now = totp_step(unix_seconds);
  for (const int64_t step : {now, now - 1}) {
    const bool fresh = !last_used || step > *last_used;
    if (fresh && base::equal_constant_time(totp_code(key, step), code)) return step;
  }
  return std::nullopt;
}

std::string totp_key_text(std::string_view key) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string out;
  uint32_t held = 0;
  unsigned bits = 0;
  for (const char c : key) {
    held = held << 8 | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 5; bits -= 5) out += kAlphabet[(held >> (bits - 5)) & 31];
    held &= (1U << bits) - 1;
  }
  if (bits > 0) out += kAlphabet[(held << (5 - bits)) & 31];
  return out;
}

std::string totp_uri(std::string_view key, std::string_view account) {
  return fmt::format("otpauth://totp/{}:{}?secret={}&issuer={}", kIssuerName,
                     percent_encoded(account), totp_key_text(key), kIssuerName);
}

}  // namespace srasta::identity
