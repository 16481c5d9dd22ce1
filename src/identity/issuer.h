#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "base/strong.h"
#include "crypto/signature.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::identity {

/// What the built-in issuer says in a token.
struct TokenGrant {
  std::string subject;
  std::string audience = "srasta-api";
  base::TenantId tenant;
  std::vector<base::RoleName> roles;
  base::WallTime issued_at;
  base::Seconds lifetime{3600};
  std::string token_id;  ///< `jti`
  /// Of tokens that somebody got through a client; empty ones are left out.
  std::string client = {};
  std::string scope = {};
  std::string resource = {};  ///< RFC 8707: a second audience
  bool for_itself = false;    ///< a program's own, nobody's through it
};

/// What it says to a client about who signed in (OpenID Connect Core section 2).
struct IdTokenGrant {
  std::string subject;
  std::string client;  ///< the audience
  base::TenantId tenant;
  std::string name;   ///< `preferred_username`
  std::string nonce;  ///< of the request; empty: left out
  base::WallTime signed_in_at;
  base::WallTime issued_at;
  base::Seconds lifetime{300};
};

/// The pure part of the built-in issuer: ES256 tokens in the form of RFC 9068, and the documents
/// by which they are verified. Immutable; safe to share between threads.
class Issuer {
 public:
  /// `url` is the exact issuer. Unsupported: the key is not P-256.
  static base::Result<Issuer> create(std::string url, crypto::PrivateKey key);

  /// A compact JWS with typ at+jwt.
  [[nodiscard]] base::Result<std::string> make_token(const TokenGrant& grant) const;
  /// Likewise with typ JWT. It is for the client and no access token.
  [[nodiscard]] base::Result<std::string> make_id_token(const IdTokenGrant& grant) const;
  /// The public half as a JWK (RFC 7517).
  [[nodiscard]] std::string jwk() const;
  /// The same as a JWKS document.
  [[nodiscard]] std::string jwks() const;

  /// RFC 7638 thumbprint of the public key.
  [[nodiscard]] const std::string& key_id() const { return key_id_; }
  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  Issuer(std::string url, crypto::PrivateKey key);
  [[nodiscard]] base::Result<std::string> sign(std::string_view type,
                                               const std::string& payload) const;

  std::string url_;
  crypto::PrivateKey key_;
  std::string key_id_;
};

/// A JWKS document of JWKs.
[[nodiscard]] std::string jwks_document(const std::vector<std::string>& jwks);

/// Metadata of the built-in issuer at `url`: OpenID Connect Discovery 1.0 and RFC 8414, which agree
/// in everything that it has.
[[nodiscard]] std::string issuer_metadata(const std::string& url);

/// Scopes besides those of this platform (`srasta:...`) that clients may ask for.
inline constexpr std::array<std::string_view, 3> kIssuerScopes = {"openid", "profile",
                                                                  "offline_access"};

}  // namespace srasta::identity
