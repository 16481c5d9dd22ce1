#pragma once

#include "base/clock.h"
#include "crypto/testing/signing_key.h"
#include "identity/key_set.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace srasta::identity {

/// What the tests of this module share: a provider, its keys, and tokens of every shape, right and
/// wrong.
inline constexpr std::string_view kIssuerA = "https://idp-a.test:8443";
inline constexpr std::string_view kIssuerB = "https://idp-b.test:8443";
/// 2026-11-24T09:00:00Z, the moment of the tests.
inline constexpr int64_t kT = 1'795'510'800;
inline constexpr base::WallTime kNow{base::Seconds(kT)};

/// Members of an object by name and JSON text; an empty text removes the member.
using Members = std::vector<std::pair<std::string, std::string>>;

/// `base` with `changes` applied, as a JSON object.
[[nodiscard]] std::string object_of(Members base, const Members& changes);

/// The claims of u-alice of acme with `changes`.
[[nodiscard]] std::string payload_of(const Members& changes = {});

struct NamedKey {
  std::string kid;
  crypto::SigningKey key;
  crypto::Algorithm algorithm;

  /// A JWK with kid; `more` as in `SigningKey::jwk`.
  [[nodiscard]] std::string jwk(std::string_view more = {}) const;
};

[[nodiscard]] NamedKey make_key(std::string kid, crypto::Algorithm algorithm);

/// header.payload.signature of literal texts.
[[nodiscard]] std::string raw_token(std::string_view header, std::string_view payload,
                                    const NamedKey& key);
/// A token by `key` whose header and claims have the changes.
[[nodiscard]] std::string token_by(const NamedKey& key, const Members& claims = {},
                                   const Members& header = {});

[[nodiscard]] std::string jwks_of(const std::vector<std::string>& jwks);
/// Aborts when the document is refused.
[[nodiscard]] KeySet key_set_of(const std::vector<std::string>& jwks);

}  // namespace srasta::identity
