#pragma once

#include "base/result.h"
#include "crypto/signature.h"

#include <span>
#include <string>
#include <string_view>

namespace srasta::policy {

/// What lies beside the file of a policy: `FILE.sig`.
inline constexpr std::string_view kSignatureSuffix = ".sig";

/// The content of that file for these bytes: an Ed25519 signature over "srasta-policy-v1\n" and the
/// document, in base64url. Code::Invalid when `key` is not Ed25519.
[[nodiscard]] base::Result<std::string> sign_policy(std::string_view document,
                                                    const crypto::PrivateKey& key);

/// Whether one of `keys` made `signature` of exactly these bytes.
[[nodiscard]] bool is_signed(std::string_view document, std::string_view signature,
                             std::span<const crypto::PublicKey> keys);

}  // namespace srasta::policy
