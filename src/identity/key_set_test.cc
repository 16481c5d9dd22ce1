#include "identity/key_set.h"

#include "base/encoding.h"
#include "identity/test_tokens.h"

#include <gtest/gtest.h>

namespace srasta::identity {
namespace {

using crypto::Algorithm;

std::string rsa_jwk(size_t bytes, const std::string& exponent, const std::string& kid) {
  const std::string modulus(bytes, '\xC1');
  return R"({"kty":"RSA","kid":")" + kid + R"(","n":")" + base::to_base64url(modulus) +
         R"(","e":")" + base::to_base64url(exponent) + R"("})";
}

// Not a literal in the calls: the zero in the middle would end it.
const std::string kUsualExponent("\x01\x00\x01", 3);

/// The set of one good key and `jwk`, which must have been left out.
void expect_left_out(const std::string& jwk) {
  const NamedKey good = make_key("good", Algorithm::EdDSA);
  const auto set = KeySet::parse(jwks_of({jwk, good.jwk()}));
  ASSERT_TRUE(set.has_value()) << jwk;
  EXPECT_EQ(set->size(), 1U) << jwk;
  EXPECT_EQ(set->skipped(), 1U) << jwk;
}

TEST(KeySet, FindsKeysByNameAndAlgorithm) {
  const NamedKey ec = make_key("a-ec", Algorithm::ES256);
  const NamedKey ed = make_key("a-ed", Algorithm::EdDSA);
  const KeySet set = key_set_of({ec.jwk(R"("use":"sig","alg":"ES256")"),
                                 ed.jwk(R"("key_ops":["verify"],"x5c":["ignored"])")});

  EXPECT_EQ(set.size(), 2U);
  EXPECT_EQ(set.choose("a-ec", Algorithm::ES256)->keys().size(), 1U);
  EXPECT_EQ(set.choose("a-ed", Algorithm::EdDSA)->keys().size(), 1U);
  EXPECT_EQ(set.choose("a-ec", Algorithm::RS256).error(), TokenFault::AlgKeyMismatch);
  EXPECT_EQ(set.choose("a-xx", Algorithm::ES256).error(), TokenFault::UnknownKid);
  EXPECT_EQ(set.choose(std::nullopt, Algorithm::EdDSA)->keys().size(), 1U);
  EXPECT_EQ(set.choose(std::nullopt, Algorithm::RS256).error(), TokenFault::KidMissing);
}

TEST(KeySet, UsesOneRsaKeyForEveryRsaAlgorithm) {
  const auto set = KeySet::parse(jwks_of({rsa_jwk(256, kUsualExponent, "a-rsa")}));

  ASSERT_TRUE(set.has_value());
  EXPECT_TRUE(set->choose("a-rsa", Algorithm::RS256).has_value());
  EXPECT_TRUE(set->choose("a-rsa", Algorithm::PS512).has_value());
}

TEST(KeySet, LeavesOutKeysForOtherUses) {
  const NamedKey ec = make_key("k", Algorithm::ES256);
  expect_left_out(ec.jwk(R"("use":"enc")"));
  expect_left_out(ec.jwk(R"("use":5)"));
  expect_left_out(ec.jwk(R"("key_ops":["deriveKey"])"));
  expect_left_out(ec.jwk(R"("key_ops":"verify")"));
  expect_left_out(ec.jwk(R"("alg":"RS256")"));
  expect_left_out(ec.jwk(R"("alg":"ECDH-ES")"));
  expect_left_out(ec.key.jwk(R"("kid":5)"));
}

TEST(KeySet, LeavesOutKeysThatAreNotPublicOrNotAsymmetric) {
  const NamedKey ec = make_key("k", Algorithm::ES256);
  expect_left_out(ec.jwk(R"("d":"c2VjcmV0")"));
  expect_left_out(ec.jwk(R"("d":null)"));
  expect_left_out(R"({"kty":"oct","kid":"k","k":"c2VjcmV0"})");
  expect_left_out(R"({"kty":"oct","kid":"k"})");
}

TEST(KeySet, LeavesOutUnknownTypesAndCurves) {
  expect_left_out(R"({"kty":"EC","crv":"P-521","x":"AA","y":"AA"})");
  expect_left_out(R"({"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"})");
  expect_left_out(R"({"kty":"OKP","crv":"Ed448","x":"AA"})");
  expect_left_out(R"({"kty":"ec","crv":"P-256"})");
  expect_left_out(R"({"kty":"AKP"})");
  expect_left_out(R"({})");
  expect_left_out(R"("text")");
  expect_left_out("null");
}

TEST(KeySet, LeavesOutWeakAndPathologicalRsaKeys) {
  expect_left_out(rsa_jwk(128, kUsualExponent, "a-1024"));
  expect_left_out(rsa_jwk(256, "\x01", "a-e1"));
  expect_left_out(rsa_jwk(256, "\x04", "a-e4"));
  expect_left_out(rsa_jwk(2048, kUsualExponent, "a-big"));
}

TEST(KeySet, LeavesOutPointsThatAreNotOnTheCurve) {
  const auto jwk = [](size_t width, char fill) {
    const std::string number = base::to_base64url(std::string(width, fill));
    return R"({"kty":"EC","crv":"P-256","kid":"k","x":")" + number + R"(","y":")" + number +
           R"("})";
  };
  expect_left_out(jwk(32, '\x01'));
  expect_left_out(jwk(31, '\x01'));
  expect_left_out(jwk(32, '\0'));
}

TEST(KeySet, RefusesDocumentsWithoutAUsableKey) {
  for (const char* document :
       {R"({"keys":null})", "{}", "[]", R"("x")", "null", "", "<html></html>", R"({"keys":[]})",
        R"({"keys":{}})", R"({"keys":[{"kty":"oct","k":"AA"}]})", R"({"keys":[)",
        R"({"keys":[],"keys":[]})"}) {
    const auto set = KeySet::parse(document);
    ASSERT_FALSE(set.has_value()) << document;
    EXPECT_EQ(set.error().fault, TokenFault::JwksBad) << document;
    EXPECT_FALSE(set.error().detail.empty());
  }
}

TEST(KeySet, RefusesMoreThanOneMebibyte) {
  const NamedKey key = make_key("k", Algorithm::EdDSA);
  std::string document = jwks_of({key.jwk()});
  document.append(kMaxJwksBytes - document.size(), ' ');
  EXPECT_TRUE(KeySet::parse(document).has_value());

  document += ' ';

  EXPECT_EQ(KeySet::parse(document).error().fault, TokenFault::JwksTooLarge);
}

TEST(KeySet, StopsAtItsBoundOfKeys) {
  const NamedKey key = make_key("k", Algorithm::EdDSA);
  const KeySet set = key_set_of(std::vector<std::string>(kMaxKeys + 5, key.jwk()));

  EXPECT_EQ(set.size(), kMaxKeys);
  EXPECT_EQ(set.skipped(), 5U);
}

}  // namespace
}  // namespace srasta::identity
