#include "policy/signature.h"

#include "base/encoding.h"

#include <algorithm>

namespace srasta::policy {
namespace {

/// So that a signature of this key under something else is none under a policy.
constexpr std::string_view kContext = "srasta-policy-v1\n";

std::string signed_bytes(std::string_view document) {
  return std::string(kContext).append(document);
}

}  // namespace

base::Result<std::string> sign_policy(std::string_view document, const crypto::PrivateKey& key) {
  if (key.type() != crypto::KeyType::Ed25519) {
    return base::make_error(base::Code::Invalid, "policies are signed with Ed25519 keys");
  }
  SRASTA_TRY_ASSIGN(const std::string signature, key.sign(signed_bytes(document)));
  return base::to_base64url(signature);
}

bool is_signed(std::string_view document, std::string_view signature,
               std::span<const crypto::PublicKey> keys) {
  while (signature.ends_with('\n') || signature.ends_with('\r')) signature.remove_suffix(1);
  const auto raw = base::from_base64url(signature);
  if (!raw) return false;
  const std::string message = signed_bytes(document);
  return std::ranges::any_of(keys, [&](const crypto::PublicKey& key) {
    return key.type() == crypto::KeyType::Ed25519 &&
           key.verify(crypto::Algorithm::EdDSA, message, *raw);
  });
}

}  // namespace srasta::policy
