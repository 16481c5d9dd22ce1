#pragma once

#include "base/entropy.h"
#include "base/result.h"
#include "base/secret.h"

#include <string>
#include <string_view>

namespace srasta::crypto {

/// Keeps secrets that are stored where more than their owner may read: AES-256-GCM (NIST SP
/// 800-38D) under one key of 32 bytes. Any thread.
class SecretBox {
 public:
  /// Invalid: the key has not 32 bytes.
  static base::Result<SecretBox> create(base::Secret key);

  /// Nonce (12 random bytes), ciphertext, tag (16 bytes). `purpose` is authenticated and not
  /// stored: what was sealed for one cannot be opened for another. Good for 2^32 seals of one key.
  [[nodiscard]] std::string seal(std::string_view plain, std::string_view purpose,
                                 base::Entropy& entropy) const;
  /// Denied: another key, another purpose, or changed.
  [[nodiscard]] base::Result<base::Secret> open(std::string_view sealed,
                                                std::string_view purpose) const;

 private:
  explicit SecretBox(base::Secret key) : key_(std::move(key)) {}
  base::Secret key_;
};

}  // namespace srasta::crypto
