#pragma once

#include "base/strong.h"

#include <array>
#include <string_view>

namespace srasta::access {

/// The name of the built-in issuer in principals: its URL may change, who its callers are may not.
inline constexpr std::string_view kLocalIssuer = "local";
/// The name in place of an issuer for API keys.
inline constexpr std::string_view kKeyIssuer = "key";

using PrincipalBytes = std::array<char, 16>;

[[nodiscard]] inline std::string_view view_of(const PrincipalBytes& bytes) {
  return {bytes.data(), bytes.size()};
}

/// The order of snapshots: by unsigned bytes.
struct PrincipalOrder {
  bool operator()(const PrincipalBytes& a, const PrincipalBytes& b) const {
    return view_of(a) < view_of(b);
  }
};

/// The first 16 bytes of the SHA-256 over issuer, tenant and subject, each preceded by its length
/// in decimal and a colon, so that no two triples give the same text.
[[nodiscard]] PrincipalBytes principal_bytes(std::string_view issuer, std::string_view tenant,
                                             std::string_view subject);

/// "p-" and the bytes in hexadecimal.
[[nodiscard]] base::PrincipalId principal_id(const PrincipalBytes& bytes);

}  // namespace srasta::access
