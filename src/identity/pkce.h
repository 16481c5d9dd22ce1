#pragma once

#include <string>
#include <string_view>

namespace srasta::identity {

/// Whether `challenge` can be one of RFC 7636 with S256: 43 characters of base64url.
[[nodiscard]] bool is_pkce_challenge(std::string_view challenge);

/// The challenge of `verifier`.
[[nodiscard]] std::string pkce_challenge(std::string_view verifier);

/// Whether `challenge` was made from `verifier`, which has 43 to 128 unreserved characters
/// (section 4.1). S256 only: `plain` proves nothing to who has seen the request.
[[nodiscard]] bool proves_pkce(std::string_view verifier, std::string_view challenge);

}  // namespace srasta::identity
