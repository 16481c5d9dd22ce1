#pragma once

#include "access/license.h"
#include "base/result.h"
#include "crypto/signature.h"

#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::identity {

inline constexpr std::string_view kLicenseAudience = "srasta-license";

/// What a license says before it is signed.
struct LicenseTerms {
  access::License license;
  std::string install;  ///< id of the installation that it is for; empty: any
};

/// A license as its file holds it: a compact JWS (EdDSA) whose payload has `aud`, `jti`, `sub` (the
/// customer), `edition`, `nbf`, `exp`, and `install` and `seats` where they are set. Code::Invalid
/// when `key` is not Ed25519.
[[nodiscard]] base::Result<std::string> sign_license(const LicenseTerms& terms,
                                                     const crypto::PrivateKey& key);

/// The license in `text`, if one of `keys` signed it, for this installation or any, and it has
/// begun; else an audit reason: `signature` (also of what is no such text, another algorithm, an
/// embedded key), `crit` (something that must be understood is not), `edition` (not one that this
/// build knows), `install`, `nbf`, `claim_type`. Whether it has expired is `access::posture_of`'s
/// to say.
[[nodiscard]] std::expected<access::License, std::string_view> read_license(
    std::string_view text, std::span<const crypto::PublicKey> keys, std::string_view install,
    int64_t now);

/// The keys whose signatures count (of licenses, of policies), from files that hold the 32 bytes of
/// an Ed25519 public key in base64url. Code::Invalid, naming `option` and the file, for one that
/// group or others may write, anything else, and the keys that RFC 8032 prints.
[[nodiscard]] base::Result<std::vector<crypto::PublicKey>> read_signer_keys(
    const std::string& option, std::span<const std::string> files);

}  // namespace srasta::identity
