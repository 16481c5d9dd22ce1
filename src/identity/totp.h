#pragma once

#include "base/secret.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::identity {

/// One-time codes of an authenticator: RFC 6238 with SHA-1, six digits and steps of 30 s, which is
/// what every app takes.
inline constexpr size_t kTotpKeyBytes = 20;
inline constexpr int64_t kTotpStepSeconds = 30;

[[nodiscard]] int64_t totp_step(int64_t unix_seconds);
/// The code of one step.
[[nodiscard]] std::string totp_code(std::string_view key, int64_t step);

/// The step that `code` is of, if it may be used now: this one, or the one before (clocks differ,
/// people type), and later than `last_used`, as a code is good once. Nothing: refused.
[[nodiscard]] std::optional<int64_t> accept_totp(std::string_view key, std::string_view code,
                                                 int64_t unix_seconds,
                                                 std::optional<int64_t> last_used);

/// RFC 4648 section 6 without padding, as authenticators show and take keys.
[[nodiscard]] std::string totp_key_text(std::string_view key);
/// The `otpauth:` URI of a key, for a link or a QR code.
[[nodiscard]] std::string totp_uri(std::string_view key, std::string_view account);

}  // namespace srasta::identity
