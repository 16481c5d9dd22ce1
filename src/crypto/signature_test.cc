#include "crypto/signature.h"

#include "base/encoding.h"

#include <gtest/gtest.h>

namespace srasta::crypto {
namespace {

PublicKey public_of(const PrivateKey& key) {
  const std::string raw = key.public_bytes();
  return key.type() == KeyType::Ed25519
             ? *PublicKey::ed25519(raw)
             : *PublicKey::ec(KeyType::EcP256, raw.substr(0, 32), raw.substr(32));
}

class SignatureRoundTrip : public testing::TestWithParam<KeyType> {};

TEST_P(SignatureRoundTrip, VerifiesItsOwnAndNothingElse) {
  const PrivateKey key = *PrivateKey::generate(GetParam());
  const Algorithm algorithm = GetParam() == KeyType::Ed25519 ? Algorithm::EdDSA : Algorithm::ES256;
  const PublicKey peer = public_of(key);
  std::string signature = *key.sign("message");

  EXPECT_TRUE(peer.verify(algorithm, "message", signature));
  EXPECT_FALSE(peer.verify(algorithm, "massage", signature));
  EXPECT_FALSE(peer.verify(algorithm, "message", signature + "x"));
  EXPECT_FALSE(peer.verify(algorithm, "message", ""));
  EXPECT_FALSE(peer.verify(Algorithm::RS256, "message", signature));
  signature[10] = static_cast<char>(signature[10] ^ 1);
  EXPECT_FALSE(peer.verify(algorithm, "message", signature));
}

TEST_P(SignatureRoundTrip, SurvivesPem) {
  const PrivateKey key = *PrivateKey::generate(GetParam());

  const auto copy = PrivateKey::from_pem(key.to_pem());

  ASSERT_TRUE(copy.ok());
  EXPECT_EQ(copy->public_bytes(), key.public_bytes());
}

INSTANTIATE_TEST_SUITE_P(Keys, SignatureRoundTrip,
                         testing::Values(KeyType::EcP256, KeyType::Ed25519));

TEST(PublicKey, VerifiesEd25519OfRfc8032Test2) {
  const auto key = PublicKey::ed25519(
      *base::from_hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"));
  const std::string signature = *base::from_hex(
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
      "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");

  EXPECT_TRUE(key->verify(Algorithm::EdDSA, "\x72", signature));
}

TEST(PublicKey, RefusesPointsOffTheCurve) {
  EXPECT_FALSE(PublicKey::ec(KeyType::EcP256, std::string(32, '\x01'), std::string(32, '\x01')));
  EXPECT_FALSE(PublicKey::ec(KeyType::EcP256, std::string(31, '\x01'), std::string(32, '\x01')));
}

TEST(PublicKey, RefusesShortRsa) {
  EXPECT_FALSE(PublicKey::rsa(std::string(128, '\xFF'), "\x01\x00\x01"));
}

TEST(PrivateKey, RefusesWhatIsNoKey) {
  EXPECT_FALSE(PrivateKey::from_pem(base::Secret("hello")));
}

TEST(Algorithm, HasNoSymmetricOrUnsecuredForm) {
  for (const char* name : {"none", "HS256", "HS512", "rs256", "ES512", ""}) {
    EXPECT_FALSE(parse_algorithm(name)) << name;
  }
  EXPECT_EQ(parse_algorithm("EdDSA"), Algorithm::EdDSA);
}

}  // namespace
}  // namespace srasta::crypto
