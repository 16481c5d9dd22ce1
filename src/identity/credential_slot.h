#pragma once

#include "identity/fault.h"

#include <expected>
#include <span>
#include <string_view>

namespace srasta::identity {

/// The places of a request that may hold the one credential. Every value of a repeated field is
/// listed. Views must outlive the call.
struct CredentialFields {
  std::span<const std::string_view> authorization = {};
  std::span<const std::string_view> x_api_key = {};
  std::span<const std::string_view> api_key = {};
  std::string_view query = {};   ///< of the target, without "?"
  std::string_view client = {};  ///< address of the caller, for keys that are bound to networks
};

/// The credential of a request: Authorization: Bearer, x-api-key and api-key are one slot.
/// NoCredential: all absent. DuplicateHeader: a field twice. EmptyToken, Scheme, TokenChars: a
/// field is there but is not one well-formed credential (RFC 6750: only the characters of
/// b64token). TwoCredentials: different ones. CredentialInQuery: one in the query besides.
/// A credential in the query alone does not count.
[[nodiscard]] std::expected<std::string_view, TokenFault> find_credential(
    const CredentialFields& fields);

}  // namespace srasta::identity
