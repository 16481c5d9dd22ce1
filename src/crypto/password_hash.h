#pragma once

#include "base/entropy.h"
#include "base/result.h"
#include "base/secret.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace srasta::crypto {

/// What one computation of Argon2id costs (RFC 9106 section 4).
struct PasswordCost {
  uint32_t memory_kib = 65'536;
  uint32_t passes = 3;
};

/// Argon2id of `password` with 16 random bytes of salt and 32 bytes of output, as the PHC string
/// that names its parameters. Takes about 150 ms and `cost.memory_kib` of memory; call it from
/// threads that may wait. Code::Unavailable: there was not that much memory.
[[nodiscard]] base::Result<std::string> hash_password(const base::Secret& password,
                                                      base::Entropy& entropy,
                                                      const PasswordCost& cost = {});

/// Whether `password` is the one that `phc` was made from. False, too, for what is no PHC string of
/// Argon2id. It costs what the string says.
[[nodiscard]] bool verify_password(const base::Secret& password, const std::string& phc);

/// A PHC string that no password fits, to be verified for names that nobody has: that costs what
/// `cost` says, as it does for others. Made of random bytes, at no cost.
[[nodiscard]] std::string decoy_hash(base::Entropy& entropy, const PasswordCost& cost = {});

/// Whether `phc` was made with another cost than `cost`: to be made anew at the next sign-in.
[[nodiscard]] bool is_outdated(std::string_view phc, const PasswordCost& cost = {});

}  // namespace srasta::crypto
