#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "base/strong.h"
#include "crypto/signature.h"

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
};

/// The pure part of the built-in issuer: ES256 tokens in the form of RFC 9068, and the documents
/// by which they are verified. Immutable; safe to share between threads.
class Issuer {
 public:
  /// `url` is the exact issuer. Unsupported: the key is not P-256.
  static base::Result<Issuer> create(std::string url, crypto::PrivateKey key);

  /// A compact JWS with typ at+jwt.
  [[nodiscard]] base::Result<std::string> make_token(const TokenGrant& grant) const;
  /// The public half as a JWKS document.
  [[nodiscard]] std::string jwks() const;
  /// The discovery document; `jwks_uri` is <url>/.well-known/jwks.json.
  [[nodiscard]] std::string discovery() const;

  /// RFC 7638 thumbprint of the public key.
  [[nodiscard]] const std::string& key_id() const { return key_id_; }
  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  Issuer(std::string url, crypto::PrivateKey key);

  std::string url_;
  crypto::PrivateKey key_;
  std::string key_id_;
};

}  // namespace srasta::identity
