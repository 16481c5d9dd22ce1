#include "crypto/password_hash.h"

#include "base/encoding.h"

#include <argon2.h>

#include <fmt/format.h>

namespace srasta::crypto {
namespace {

constexpr size_t kSaltBytes = 16;
constexpr size_t kHashBytes = 32;
constexpr uint32_t kLanes = 1;

std::string prefix_of(const PasswordCost& cost) {
  return fmt::format("$argon2id$v=19$m={},t={},p={}$", cost.memory_kib, cost.passes, kLanes);
}

}  // namespace

base::Result<std::string> hash_password(const base::Secret& password, base::Entropy& entropy,
                                        const PasswordCost& cost) {
  const std::string salt = base::random_bytes(entropy, kSaltBytes);
  std::string phc(
      argon2_encodedlen(cost.passes, cost.memory_kib, kLanes, kSaltBytes, kHashBytes, Argon2_id),
      '\0');
  const std::string_view text = password.expose();
  const int outcome =
      argon2id_hash_encoded(cost.passes, cost.memory_kib, kLanes, text.data(), text.size(),
                            salt.data(), salt.size(), kHashBytes, phc.data(), phc.size());
  if (outcome != ARGON2_OK) {
    return base::make_error(base::Code::Unavailable,
                            std::string("Argon2id: ") + argon2_error_message(outcome));
  }
  phc.resize(phc.find('\0'));
  return phc;
}

bool verify_password(const base::Secret& password, const std::string& phc) {
  const std::string_view text = password.expose();
  return argon2id_verify(phc.c_str(), text.data(), text.size()) == ARGON2_OK;
}

std::string decoy_hash(base::Entropy& entropy, const PasswordCost& cost) {
  const auto text = [&](size_t bytes) {
    std::string encoded = base::to_base64(base::random_bytes(entropy, bytes));
    while (encoded.ends_with('=')) encoded.pop_back();
    return encoded;
  };
  return prefix_of(cost) + text(kSaltBytes) + "$" + text(kHashBytes);
}

bool is_outdated(std::string_view phc, const PasswordCost& cost) {
  return !phc.starts_with(prefix_of(cost));
}

}  // namespace srasta::crypto
