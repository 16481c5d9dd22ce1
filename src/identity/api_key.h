#pragma once

#include "access/snapshot.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/secret.h"
#include "crypto/hash.h"
#include "identity/fault.h"

#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::identity {

inline constexpr std::string_view kApiKeyPrefix = "sk-srasta-";
inline constexpr size_t kApiKeyIdCharacters = 12;      ///< a-z 2-7
inline constexpr size_t kApiKeySecretCharacters = 43;  ///< base64url of 32 bytes

/// The parts of an API key as it is written: prefix, id, "-", secret.
struct ApiKeyText {
  std::string_view id;
  std::string_view secret;
};

/// A fresh key: what its owner is shown once, and what the platform keeps.
struct NewApiKey {
  std::string id;
  base::Secret text;
  crypto::Digest digest{};  ///< SHA-256 of the secret part
};
[[nodiscard]] NewApiKey make_api_key(base::Entropy& entropy);

/// Nothing when `text` does not have exactly that form.
[[nodiscard]] std::optional<ApiKeyText> parse_api_key(std::string_view text);

/// The key's rule, if `text` is a key of `snapshot` that may be used from `client` (an address;
/// text that is none is outside every network) at `now`. Format, UnknownId, Secret, Network,
/// KeyExpired. An unknown id costs what a wrong secret costs.
[[nodiscard]] std::expected<access::KeyRule, TokenFault> check_api_key(
    std::string_view text, const access::AccessSnapshot& snapshot, std::string_view client,
    base::WallTime now);

}  // namespace srasta::identity
