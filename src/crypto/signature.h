#pragma once

#include "base/result.h"
#include "base/secret.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::crypto {

/// The JOSE algorithms that this platform verifies (RFC 7518, RFC 8037). `none` and the symmetric
/// ones have no value here on purpose.
enum class Algorithm : uint8_t { RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA };

[[nodiscard]] std::string_view to_string(Algorithm algorithm);
/// Exact, case-sensitive JOSE name.
[[nodiscard]] std::optional<Algorithm> parse_algorithm(std::string_view name);

enum class KeyType : uint8_t { Rsa, EcP256, EcP384, Ed25519 };

/// Whether keys of `type` may be used with `algorithm` at all.
[[nodiscard]] bool fits(KeyType type, Algorithm algorithm);

/// An immutable public key. Verification may run on several threads at once.
class PublicKey {
 public:
  /// Big-endian modulus and exponent; moduli under 2048 or over 8192 bits are refused.
  static base::Result<PublicKey> rsa(std::string_view modulus, std::string_view exponent);
  /// Affine coordinates, 32 bytes each for P-256 and 48 for P-384; points off the curve are
  /// refused.
  static base::Result<PublicKey> ec(KeyType curve, std::string_view x, std::string_view y);
  /// 32 raw bytes (RFC 8032).
  static base::Result<PublicKey> ed25519(std::string_view raw);

  PublicKey(PublicKey&&) noexcept;
  PublicKey& operator=(PublicKey&&) noexcept;
  ~PublicKey();

  [[nodiscard]] KeyType type() const;

  /// Whether `signature` (JOSE form: ECDSA as r||s) over `message` is right. False, too, when the
  /// algorithm does not fit the key.
  [[nodiscard]] bool verify(Algorithm algorithm, std::string_view message,
                            std::string_view signature) const;

 private:
  friend class PrivateKey;
  struct Impl;
  explicit PublicKey(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// A P-256 or Ed25519 private key.
class PrivateKey {
 public:
  static base::Result<PrivateKey> generate(KeyType type);
  /// PKCS#8 PEM without a passphrase.
  static base::Result<PrivateKey> from_pem(const base::Secret& pem);

  PrivateKey(PrivateKey&&) noexcept;
  PrivateKey& operator=(PrivateKey&&) noexcept;
  ~PrivateKey();

  [[nodiscard]] KeyType type() const;
  [[nodiscard]] base::Secret to_pem() const;
  /// ES256 for P-256 (r||s, 64 bytes), EdDSA for Ed25519.
  [[nodiscard]] base::Result<std::string> sign(std::string_view message) const;

  /// Affine coordinates of a P-256 key: `x` || `y`, 64 bytes; the 32 raw bytes of an Ed25519 key.
  [[nodiscard]] std::string public_bytes() const;

 private:
  struct Impl;
  explicit PrivateKey(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace srasta::crypto
