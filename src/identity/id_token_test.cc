#include "identity/id_token.h"

#include "base/encoding.h"
#include "crypto/hash.h"
#include "identity/test_tokens.h"

#include <gtest/gtest.h>

namespace srasta::identity {
namespace {

using crypto::Algorithm;

constexpr std::string_view kAccessToken = "an opaque access token";
constexpr Algorithm kAllowed[] = {Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA};

struct Provider {
  NamedKey ec = make_key("a-ec", Algorithm::ES256);
  NamedKey ec384 = make_key("a-ec384", Algorithm::ES384);
  NamedKey ed = make_key("a-ed", Algorithm::EdDSA);
  KeySet keys = key_set_of({ec.jwk(), ec384.jwk(), ed.jwk()});
};

const Provider& provider() {
  static const Provider one;
  return one;
}

Members with(Members changes) {
  Members all = {{"aud", R"("srasta")"}, {"nonce", R"("n-1")"}};
  for (auto& change : changes) all.push_back(std::move(change));
  return all;
}

std::string check(const std::string& token, std::string_view access_token = kAccessToken,
                  base::WallTime now = kNow) {
  const auto claims =
      verify_id_token({.id_token = token, .access_token = access_token}, provider().keys, kAllowed,
                      {.issuer = std::string(kIssuerA), .client = "srasta", .nonce = "n-1"}, now);
  return claims ? "accepted" : std::string(to_string(claims.error()));
}

std::string check_claims_of(Members changes) {
  return check(token_by(provider().ec, with(std::move(changes))));
}

std::string as_json(std::string_view text) {
  return '"' + std::string(text) + '"';
}

TEST(IdToken, IsAcceptedWhenItAnswersTheRequest) {
  EXPECT_EQ(check_claims_of({}), "accepted");
  EXPECT_EQ(check_claims_of({{"aud", R"(["srasta"])"}}), "accepted");
  EXPECT_EQ(check_claims_of({{"azp", R"("srasta")"}, {"typ", R"("ID")"}}), "accepted");
  EXPECT_EQ(check(token_by(provider().ec, with({}), {{"typ", ""}})), "accepted");
}

TEST(IdToken, NeedsTheNonceOfTheRequest) {
  for (const char* nonce :
       {"", R"("n-2")", R"("n-1 ")", R"("N-1")", R"("")", "null", "1", R"(["n-1"])"}) {
    EXPECT_EQ(check_claims_of({{"nonce", nonce}}), "nonce") << nonce;
  }
  const auto claims = verify_id_token(
      {.id_token = token_by(provider().ec, with({{"nonce", R"("")"}})), .access_token = {}},
      provider().keys, kAllowed, {.issuer = std::string(kIssuerA), .client = "srasta", .nonce = ""},
      kNow);
  ASSERT_FALSE(claims.has_value()) << "no nonce was asked for";
  EXPECT_EQ(claims.error(), TokenFault::Nonce);
}

TEST(IdToken, IsForThisClientAlone) {
  for (const char* aud : {"", R"("other")", R"("srasta-api")", R"(["other"])", R"("SRASTA")", "5",
                          R"(["srasta",5])", "[]"}) {
    EXPECT_EQ(check_claims_of({{"aud", aud}}), "aud") << aud;
  }
  EXPECT_EQ(check_claims_of({{"aud", R"(["srasta","other"])"}}), "azp");
  EXPECT_EQ(check_claims_of({{"aud", R"(["srasta","other"])"}, {"azp", R"("other")"}}), "azp");
  EXPECT_EQ(check_claims_of({{"aud", R"(["srasta","other"])"}, {"azp", R"("srasta")"}}),
            "accepted");
  EXPECT_EQ(check_claims_of({{"azp", R"("other")"}}), "azp");
  EXPECT_EQ(check_claims_of({{"azp", "5"}}), "azp");
}

TEST(IdToken, IsOfTheIssuerAndOfNow) {
  const auto at = [](int64_t offset) { return std::to_string(kT + offset); };
  EXPECT_EQ(check_claims_of({{"iss", as_json(kIssuerB)}}), "iss");
  EXPECT_EQ(check_claims_of({{"iss", as_json(std::string(kIssuerA) + "/")}}), "iss");
  EXPECT_EQ(check_claims_of({{"exp", ""}}), "exp");
  EXPECT_EQ(check_claims_of({{"exp", at(-31)}}), "expired");
  EXPECT_EQ(check_claims_of({{"iat", ""}}), "iat");
  EXPECT_EQ(check_claims_of({{"iat", at(60)}}), "iat");
  EXPECT_EQ(check_claims_of({{"iat", "1.5"}}), "claim_type");
  EXPECT_EQ(check_claims_of({{"nbf", at(60)}}), "nbf");
  EXPECT_EQ(check_claims_of({{"sub", ""}}), "sub");
}

TEST(IdToken, IsNoOtherKindOfToken) {
  EXPECT_EQ(check(token_by(provider().ec, with({}), {{"typ", R"("at+jwt")"}})), "typ");
  EXPECT_EQ(check(token_by(provider().ec, with({}), {{"typ", R"("logout+jwt")"}})), "typ");
  for (const char* typ : {R"("Bearer")", R"("Refresh")", R"("Logout")", "5"}) {
    EXPECT_EQ(check_claims_of({{"typ", typ}}), "typ") << typ;
  }
  EXPECT_EQ(check_claims_of({{"token_use", R"("access")"}}), "typ");
}

TEST(IdToken, IsSignedByTheIssuer) {
  const NamedKey stranger = make_key("a-ec", Algorithm::ES256);
  EXPECT_EQ(check(token_by(stranger, with({}))), "signature");
  EXPECT_EQ(check(token_by(provider().ec, with({}), {{"kid", R"("other")"}})), "unknown_kid");
  for (const char* alg : {R"("none")", R"("HS256")", R"("RS256")"}) {
    EXPECT_EQ(check(token_by(provider().ec, with({}), {{"alg", alg}})), "alg") << alg;
  }
  EXPECT_EQ(check(""), "segments");
}

TEST(IdToken, BelongsToTheAccessTokenThatItNames) {
  const auto half = [](std::string_view hash) {
    return as_json(base::to_base64url(hash.substr(0, hash.size() / 2)));
  };
  const std::string right = half(crypto::bytes_of(crypto::sha256(kAccessToken)));
  const auto by = [&](const NamedKey& key, const std::string& at_hash) {
    return token_by(key, with({{"at_hash", at_hash}}));
  };

  EXPECT_EQ(check(by(provider().ec, right)), "accepted");
  EXPECT_EQ(check(by(provider().ec384, half(crypto::sha384(kAccessToken)))), "accepted");
  EXPECT_EQ(check(by(provider().ed, half(crypto::sha512(kAccessToken)))), "accepted");
  EXPECT_EQ(check(by(provider().ec384, right)), "at_hash");
  EXPECT_EQ(check(by(provider().ec, right), "another one"), "at_hash");
  EXPECT_EQ(check(by(provider().ec, right), ""), "at_hash");
  for (const char* wrong : {R"("")", "null", "5", R"("AAAA")"}) {
    EXPECT_EQ(check(by(provider().ec, wrong)), "at_hash") << wrong;
  }
}

}  // namespace
}  // namespace srasta::identity
