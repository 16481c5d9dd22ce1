#include "identity/api_key.h"

#include "base/byte_set.h"
#include "base/encoding.h"

#include <algorithm>

namespace srasta::identity {
namespace {

using Unexpected = std::unexpected<TokenFault>;

constexpr base::ByteSet kIdCharacters("abcdefghijklmnopqrstuvwxyz234567");
constexpr base::ByteSet kSecretCharacters(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

bool may_come_from(const access::KeyRule& rule, std::string_view client) {
  if (rule.networks.empty()) return true;
  const auto address = config::parse_ip(client);
  return address && std::ranges::any_of(rule.networks, [&](const config::AddressBlock& block) {
           return block.contains(*address);
         });
}

}  // namespace

NewApiKey make_api_key(base::Entropy& entropy) {
  constexpr size_t kSecretBytes = 32;
  std::string id = base::random_base32(entropy, kApiKeyIdCharacters);
  const base::Secret secret(base::to_base64url(base::random_bytes(entropy, kSecretBytes)));
  std::string text(kApiKeyPrefix);
  text.append(id).append("-").append(secret.expose());
  return {.id = std::move(id),
          .text = base::Secret(std::move(text)),
          .digest = crypto::sha256(secret.expose())};
}

std::optional<ApiKeyText> parse_api_key(std::string_view text) {
  if (!text.starts_with(kApiKeyPrefix)) return std::nullopt;
  text.remove_prefix(kApiKeyPrefix.size());
  if (text.size() != kApiKeyIdCharacters + 1 + kApiKeySecretCharacters) return std::nullopt;
  const ApiKeyText key{text.substr(0, kApiKeyIdCharacters), text.substr(kApiKeyIdCharacters + 1)};
  const bool good = text[kApiKeyIdCharacters] == '-' &&
                    kIdCharacters.skip_in(key.id) == key.id.size() &&
                    kSecretCharacters.skip_in(key.secret) == key.secret.size();
  return good ? std::optional(key) : std::nullopt;
}

std::expected<access::KeyRule, TokenFault> check_api_key(std::string_view text,
                                                         const access::AccessSnapshot& snapshot,
                                                         std::string_view client,
                                                         base::WallTime now) {
  const auto key = parse_api_key(text);
  if (!key) return Unexpected(TokenFault::Format);
  auto rule = snapshot.key(key->id);
  const crypto::Digest expected = rule ? rule->secret : crypto::Digest{};
  const crypto::Digest given = crypto::sha256(key->secret);
  const bool right = base::equal_constant_time(crypto::bytes_of(given), crypto::bytes_of(expected));
  if (!rule) return Unexpected(TokenFault::UnknownId);
  if (!right) return Unexpected(TokenFault::Secret);
  if (!may_come_from(*rule, client)) return Unexpected(TokenFault::Network);
  if (base::unix_seconds(now) >= rule->expires) return Unexpected(TokenFault::KeyExpired);
  return *std::move(rule);
}

}  // namespace srasta::identity
