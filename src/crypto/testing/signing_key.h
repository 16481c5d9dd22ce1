#pragma once

#include "crypto/signature.h"

#include <memory>
#include <string>
#include <string_view>

namespace srasta::crypto {

/// A key of any type that we verify with, for tests that need what providers send: the product
/// itself signs with `PrivateKey` only. Linked by tests alone.
class SigningKey {
 public:
  /// RSA keys have 2048 bits.
  static SigningKey generate(KeyType type);

  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;
  ~SigningKey();

  [[nodiscard]] KeyType type() const;

  static constexpr int kSaltAsLongAsHash = -1;
  /// JOSE form. `pss_salt`: salt length in bytes, to make signatures that must be refused.
  [[nodiscard]] std::string sign(Algorithm algorithm, std::string_view message,
                                 int pss_salt = kSaltAsLongAsHash) const;

  /// A public JWK. `more` is put in as it is, for example R"("kid":"k1","use":"sig")".
  [[nodiscard]] std::string jwk(std::string_view more = {}) const;
  /// The public half as PEM, which key-confusion attacks take for an HMAC secret.
  [[nodiscard]] std::string public_pem() const;

 private:
  struct Impl;
  explicit SigningKey(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace srasta::crypto
