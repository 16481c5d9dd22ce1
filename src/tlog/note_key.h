#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "crypto/signature.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace srasta::tlog {

/// Keys of signed notes (C2SP signed-note). Names and ids tell keys apart; trust comes from the
/// whole key, which is configured.

/// What a key signs, and how: the type byte in front of its key data. Both are Ed25519.
enum class SignatureType : uint8_t {
  Ed25519 = 0x01,        ///< the text of a note
  CosignatureV1 = 0x04,  ///< a checkpoint and a time (C2SP tlog-cosignature)
};

/// The first four bytes of the key's hash, read big-endian.
using KeyId = uint32_t;

/// SHA-256(name || 0x0A || type || public_key)[:4].
[[nodiscard]] KeyId key_id(std::string_view name, SignatureType type, std::string_view public_key);

/// Eight lower-case hexadecimal digits.
[[nodiscard]] std::string key_id_hex(KeyId id);

/// Whether `name` may stand in a signature line: well-formed UTF-8, not empty, without Unicode
/// white space, control characters and "+".
[[nodiscard]] bool is_key_name(std::string_view name);

/// The longest name of a key that we make or trust. Notes may carry longer ones of unknown keys.
inline constexpr size_t kMostKeyNameBytes = 255;

/// A public key under a name. Cheap to copy; may be used by several threads at once.
class VerifierKey {
 public:
  /// From 32 bytes (RFC 8032). Invalid when name or key are not acceptable.
  static base::Result<VerifierKey> make(std::string name, SignatureType type,
                                        std::string_view public_key);
  /// `<name>+<id, 8 lower-case hex digits>+<base64 of type || public key>`. Invalid for anything
  /// else, and for an id that is not that of the key; Unsupported for other types.
  static base::Result<VerifierKey> parse(std::string_view text);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] SignatureType type() const { return type_; }
  [[nodiscard]] KeyId id() const { return id_; }
  [[nodiscard]] const std::string& public_key() const { return public_key_; }
  /// What `parse` reads.
  [[nodiscard]] std::string to_text() const;

  /// Whether the 64 bytes `signature` over exactly `message` are right. What the message of a type
  /// is, is the business of `verify_note`.
  [[nodiscard]] bool verify(std::string_view message, std::string_view signature) const;

  bool operator==(const VerifierKey& other) const;

 private:
  VerifierKey(std::string name, SignatureType type, std::string_view public_key,
              crypto::PublicKey key);

  std::string name_;
  SignatureType type_;
  KeyId id_;
  std::string public_key_;
  std::shared_ptr<const crypto::PublicKey> key_;
};

/// A private key under a name.
class SignerKey {
 public:
  /// Takes an Ed25519 key. Invalid when name or key are not acceptable.
  static base::Result<SignerKey> make(std::string name, SignatureType type, crypto::PrivateKey key);
  /// `PRIVATE+KEY+<name>+<id>+<base64 of type || 32 bytes of seed>`, as other tools write it.
  /// Invalid and Unsupported as for `VerifierKey::parse`; no message holds anything of the key.
  static base::Result<SignerKey> parse(const base::Secret& text);

  [[nodiscard]] const std::string& name() const { return verifier_.name(); }
  [[nodiscard]] SignatureType type() const { return verifier_.type(); }
  [[nodiscard]] KeyId id() const { return verifier_.id(); }
  [[nodiscard]] const VerifierKey& verifier() const { return verifier_; }
  /// What `parse` reads.
  [[nodiscard]] base::Secret to_text() const;

  /// The 64 bytes of the signature over exactly `message`.
  [[nodiscard]] base::Result<std::string> sign(std::string_view message) const;

 private:
  SignerKey(VerifierKey verifier, crypto::PrivateKey key);

  VerifierKey verifier_;
  crypto::PrivateKey key_;
};

}  // namespace srasta::tlog
