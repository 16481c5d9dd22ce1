#include "identity/credential_slot.h"

#include "base/byte_set.h"
#include "base/encoding.h"

#include <algorithm>
#include <optional>

namespace srasta::identity {
namespace {

using Unexpected = std::unexpected<TokenFault>;
using Credential = std::expected<std::string_view, TokenFault>;

constexpr std::string_view kScheme = "bearer";

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// The characters of b64token (RFC 6750 section 2.1). Padding is judged with the token, where "="
/// in the wrong place is a fault of its encoding.
constexpr base::ByteSet kTokenCharacters(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/=");

Credential require_token(std::string_view text) {
  if (text.empty()) return Unexpected(TokenFault::EmptyToken);
  if (kTokenCharacters.skip_in(text) != text.size()) return Unexpected(TokenFault::TokenChars);
  return text;
}

Credential read_bearer(std::string_view value) {
  const size_t end = std::min(value.find_first_of(" \t"), value.size());
  if (!base::equal_ignoring_case(value.substr(0, end), kScheme)) {
    return Unexpected(value.empty() ? TokenFault::EmptyToken : TokenFault::Scheme);
  }
  std::string_view token = value.substr(end);
  // RFC 9110 section 11.4: spaces separate, a tab does not; extra spaces are tolerated.
  while (token.starts_with(' ')) token.remove_prefix(1);
  return require_token(token);
}

/// Nothing when the field is absent.
std::optional<Credential> read_field(std::span<const std::string_view> values, bool bearer) {
  if (values.empty()) return std::nullopt;
  if (values.size() > 1) return Unexpected(TokenFault::DuplicateHeader);
  const std::string_view value = trimmed(values.front());
  return bearer ? read_bearer(value) : require_token(value);
}

bool has_credential_parameter(std::string_view query) {
  constexpr std::string_view kNames[] = {"access_token", "api_key", "api-key", "key"};
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view parameter = query.substr(0, end);
    const std::string_view name = parameter.substr(0, parameter.find('='));
    if (std::ranges::find(kNames, name) != std::end(kNames)) return true;
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return false;
}

}  // namespace

std::expected<std::string_view, TokenFault> find_credential(const CredentialFields& fields) {
  const std::optional<Credential> slots[] = {read_field(fields.authorization, true),
                                             read_field(fields.x_api_key, false),
                                             read_field(fields.api_key, false)};
  std::optional<std::string_view> credential;
  for (const auto& slot : slots) {
    if (!slot) continue;
    if (!*slot) return *slot;
    if (credential && *credential != **slot) return Unexpected(TokenFault::TwoCredentials);
    credential = **slot;
  }
  if (!credential) return Unexpected(TokenFault::NoCredential);
  if (has_credential_parameter(fields.query)) return Unexpected(TokenFault::CredentialInQuery);
  return *credential;
}

}  // namespace srasta::identity
