#include "identity/test_tokens.h"

#include "base/check.h"
#include "base/encoding.h"

#include <algorithm>

namespace srasta::identity {
namespace {

crypto::KeyType type_for(crypto::Algorithm algorithm) {
  for (const auto type :
       {crypto::KeyType::EcP256, crypto::KeyType::EcP384, crypto::KeyType::Ed25519}) {
    if (crypto::fits(type, algorithm)) return type;
  }
  return crypto::KeyType::Rsa;
}

}  // namespace

std::string object_of(Members base, const Members& changes) {
  for (const auto& [name, value] : changes) {
    const auto found = std::ranges::find(base, name, &Members::value_type::first);
    if (found == base.end()) {
      base.emplace_back(name, value);
    } else {
      found->second = value;
    }
  }
  std::string text = "{";
  for (const auto& [name, value] : base) {
    if (value.empty()) continue;
    if (text.size() > 1) text += ',';
    text += '"' + name + "\":" + value;
  }
  return text + "}";
}

std::string payload_of(const Members& changes) {
  return object_of({{"iss", '"' + std::string(kIssuerA) + '"'},
                    {"sub", R"("u-alice")"},
                    {"aud", R"("srasta-api")"},
                    {"tenant", R"("acme")"},
                    {"roles", R"(["user"])"},
                    {"iat", std::to_string(kT - 10)},
                    {"nbf", std::to_string(kT - 10)},
                    {"exp", std::to_string(kT + 300)},
                    {"jti", R"("4d1c")"}},
                   changes);
}

std::string NamedKey::jwk(std::string_view more) const {
  std::string members = R"("kid":")" + kid + '"';
  if (!more.empty()) members.append(",").append(more);
  return key.jwk(members);
}

NamedKey make_key(std::string kid, crypto::Algorithm algorithm) {
  return {std::move(kid), crypto::SigningKey::generate(type_for(algorithm)), algorithm};
}

std::string raw_token(std::string_view header, std::string_view payload, const NamedKey& key) {
  const std::string input = base::to_base64url(header) + "." + base::to_base64url(payload);
  return input + "." + base::to_base64url(key.key.sign(key.algorithm, input));
}

std::string token_by(const NamedKey& key, const Members& claims, const Members& header) {
  const Members usual = {{"alg", '"' + std::string(to_string(key.algorithm)) + '"'},
                         {"kid", '"' + key.kid + '"'},
                         {"typ", R"("JWT")"}};
  return raw_token(object_of(usual, header), payload_of(claims), key);
}

std::string jwks_of(const std::vector<std::string>& jwks) {
  std::string text = R"({"keys":[)";
  for (size_t i = 0; i < jwks.size(); ++i) text.append(i == 0 ? "" : ",").append(jwks[i]);
  return text + "]}";
}

KeySet key_set_of(const std::vector<std::string>& jwks) {
  auto set = KeySet::parse(jwks_of(jwks));
  SRASTA_CHECK(set.has_value(), "the test's keys are usable");
  return *std::move(set);
}

}  // namespace srasta::identity
