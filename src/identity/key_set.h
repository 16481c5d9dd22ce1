#pragma once

#include "crypto/signature.h"
#include "identity/fault.h"

#include <array>
#include <cstddef>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::identity {

/// Largest key set document that is read.
inline constexpr size_t kMaxJwksBytes = size_t{1} << 20;
/// Keys of a document beyond this many are not loaded: each one costs memory and candidates.
inline constexpr size_t kMaxKeys = 256;

/// The public keys of one issuer (RFC 7517). Immutable; safe to share between threads. Keys that
/// cannot be used are left out and counted, so one strange key does not take the others down.
class KeySet {
 public:
  /// At most two keys that may have signed a token.
  class Candidates {
   public:
    [[nodiscard]] std::span<const crypto::PublicKey* const> keys() const {
      return {keys_.data(), count_};
    }

   private:
    friend class KeySet;
    std::array<const crypto::PublicKey*, 2> keys_{};
    size_t count_ = 0;
  };

  /// Reads a JWKS document. JwksTooLarge over `kMaxJwksBytes`; JwksBad when it is not one JSON
  /// object with an array `keys`, and when no key of it is usable: an empty set is never an answer.
  ///
  /// Left out: symmetric keys, unknown key types and curves, `use` other than "sig", `key_ops`
  /// without "verify", an `alg` that is not ours or does not fit the key, private members (the key
  /// has leaked), points off the curve, coordinates of another width, RSA under 2048 or over 8192
  /// bits or with a bad exponent.
  [[nodiscard]] static std::expected<KeySet, KeysFailure> parse(std::string_view document);

  /// The keys that may verify a token with this `kid` and algorithm. The algorithm must fit the
  /// key's type and curve and equal the key's own `alg` if it has one.
  /// UnknownKid: no key of that name. AlgKeyMismatch: none of that name fits. KidAmbiguous: more
  /// than two of that name fit. Without `kid`: the only key of the set that fits, else KidMissing.
  [[nodiscard]] std::expected<Candidates, TokenFault> choose(std::optional<std::string_view> kid,
                                                             crypto::Algorithm algorithm) const;

  [[nodiscard]] size_t size() const { return keys_.size(); }
  /// Keys of the document that were left out.
  [[nodiscard]] size_t skipped() const { return skipped_; }

 private:
  struct Entry {
    std::optional<std::string> kid;
    std::optional<crypto::Algorithm> algorithm;
    crypto::PublicKey key;

    [[nodiscard]] bool fits(crypto::Algorithm wanted) const;
  };
  friend struct JwkReader;

  std::vector<Entry> keys_;
  size_t skipped_ = 0;
};

}  // namespace srasta::identity
