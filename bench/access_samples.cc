#include "access_samples.h"

#include "base/encoding.h"
#include "base/entropy.h"
#include "crypto/signature.h"
#include "identity/api_key.h"

#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

namespace bench {
namespace {

namespace access = srasta::access;
namespace base = srasta::base;
namespace crypto = srasta::crypto;
namespace identity = srasta::identity;

constexpr const char* kIssuer = "https://idp.test";
constexpr const char* kAudience = "srasta-api";
constexpr size_t kSignatureText = 86;  // 64 bytes in base64url

[[noreturn]] void give_up(std::string_view what) {
  fmt::print(stderr, "access_gates: {}\n", what);
  std::exit(1);
}

std::string payload(base::WallTime now, size_t bytes) {
  const int64_t seconds = base::unix_seconds(now);
  const std::string start = fmt::format(
      R"({{"iss":"{}","aud":"{}","sub":"u-alice","tenant":"acme","roles":["user","developer"],)"
      R"("personas":["reader","coder"],"iat":{},"exp":{},"padding":")",
      kIssuer, kAudience, seconds, seconds + 3600);
  return start + std::string(bytes - start.size() - 2, 'x') + "\"}";
}

/// Of exactly `kTokenBytes`, as far as base64url has such a length: groups and other claims fill a
/// provider's tokens in the same way.
std::string make_token(const crypto::PrivateKey& key, base::WallTime now) {
  const std::string header = base::to_base64url(R"({"alg":"ES256","kid":"bench","typ":"at+jwt"})");
  const size_t left = kTokenBytes - header.size() - kSignatureText - 2;
  const std::string signed_part = header + '.' + base::to_base64url(payload(now, left * 3 / 4));
  const auto signature = key.sign(signed_part);
  if (!signature) give_up(signature.error().message);
  return signed_part + '.' + base::to_base64url(*signature);
}

std::shared_ptr<const identity::KeySet> key_set(const crypto::PrivateKey& key) {
  const std::string bytes = key.public_bytes();
  auto set = identity::KeySet::parse(fmt::format(
      R"({{"keys":[{{"kty":"EC","crv":"P-256","kid":"bench","alg":"ES256","x":"{}","y":"{}"}}]}})",
      base::to_base64url(bytes.substr(0, 32)), base::to_base64url(bytes.substr(32))));
  if (!set) give_up("the key set was refused");
  return std::make_shared<const identity::KeySet>(*std::move(set));
}

identity::TrustedIssuer issuer_of(const crypto::PrivateKey& key) {
  return {
      .verifier = std::make_shared<const identity::TokenVerifier>(identity::TokenVerifier::Settings{
          .claims = {.issuer = kIssuer, .audiences = {kAudience}}}),
      .mapping = std::make_shared<const identity::ClaimMapping>(identity::MappingRules{}),
      .keys = key_set(key),
      .generation = 1};
}

access::AccessRules rules() {
  const base::RoleName user("user");
  const base::RoleName developer("developer");
  access::AccessRules rules;
  rules.tenants = {{base::TenantId("acme"), false}};
  rules.models = {{{user, {"general", "fast"}}, {developer, {"coding", "qwen*"}}}};
  rules.personas["reader"] = {.models = std::vector<std::string>{"general"}};
  rules.personas["coder"] = {.models = std::vector<std::string>{"general", "qwen*"}};
  return rules;
}

/// 12 letters in the order of `number`.
std::string key_id(size_t number) {
  std::string id(identity::kApiKeyIdCharacters, 'a');
  for (size_t i = id.size(); number > 0; number /= 26) {
    id[--i] = static_cast<char>('a' + number % 26);
  }
  return id;
}

}  // namespace

Sample make_sample(base::WallTime now) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyType::EcP256);
  if (!key) give_up(key.error().message);
  auto snapshot = std::make_shared<identity::IdentitySnapshot>();
  snapshot->revision = 1;
  snapshot->issuers.push_back(issuer_of(*key));
  snapshot->access_serial = 1;
  snapshot->access = access::AccessSnapshot::of(rules());
  return {.token = make_token(*key, now), .snapshot = std::move(snapshot)};
}

Keys make_keys(size_t count, size_t texts, base::WallTime now) {
  base::SystemEntropy entropy;
  access::AccessRules all = rules();
  Keys keys;
  for (size_t i = 0; i < count; ++i) {
    const std::string id = key_id(i * 7'919);
    access::KeyRule rule{.subject = "k-" + id,
                         .tenant = base::TenantId("acme"),
                         .roles = {base::RoleName("service")},
                         .expires = base::unix_seconds(now) + 3600};
    if (i % (count / texts) == 0) {
      const std::string secret = base::to_base64url(base::random_bytes(entropy, 32));
      rule.secret = crypto::sha256(secret);
      keys.texts.push_back(fmt::format("{}{}-{}", identity::kApiKeyPrefix, id, secret));
    }
    all.keys.emplace_hint(all.keys.end(), id, std::move(rule));
  }
  keys.snapshot = access::AccessSnapshot::of(all);
  if (!keys.snapshot || keys.snapshot->keys() != count) give_up("the snapshot of keys is wrong");
  return keys;
}

}  // namespace bench
