#pragma once

#include "identity/fault.h"
#include "json/document.h"

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::identity {

/// Longest token that is read.
inline constexpr size_t kMaxTokenBytes = 16 * 1024;
/// Levels of arrays and objects in a header or payload.
inline constexpr unsigned kMaxTokenDepth = 32;

/// A compact JWS (RFC 7515) taken apart and not yet verified: nothing in it may be believed.
struct UnverifiedToken {
  std::string_view signing_input;  ///< into the parsed text
  std::string signature;
  std::string algorithm;  ///< `alg` as written
  std::string type;       ///< `typ` in lower case without "application/"; empty: there is none
  std::optional<std::string> kid;
  json::Document payload;

  /// `iss` if it is a string: good for choosing whose keys to verify with, and for nothing else.
  [[nodiscard]] std::optional<std::string_view> issuer() const;
};

/// Takes `compact` apart. `compact` must outlive the result.
///
/// Checks, in this order: size (TokenTooLarge), three segments with a signature (Segments; five
/// are JweUnsupported), strict base64url (Base64url), header is one JSON object with unique keys
/// (HeaderJson, DuplicateKey, Utf8, JsonDepth), no `crit` (Crit), `typ` absent or one of JWT and
/// at+jwt (Typ), `alg` is text (Alg), `kid` is text (UnknownKid), payload is one JSON object with
/// unique keys (PayloadJson, ...). `jku`, `x5u`, `jwk`, `x5c` and `zip` are never looked at.
[[nodiscard]] std::expected<UnverifiedToken, TokenFault> parse_token(std::string_view compact);

}  // namespace srasta::identity
