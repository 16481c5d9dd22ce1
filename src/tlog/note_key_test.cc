#include "tlog/note_key.h"

#include "tlog/testing/test_keys.h"

#include <gtest/gtest.h>

namespace srasta::tlog {
namespace {

using base::Code;
using base::Secret;

// Made with another implementation of Ed25519 from the seed 00 01 .. 1f.
constexpr const char* kWitness =
    "witness.example.com/w1+a0059f11+BAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";
constexpr const char* kWitnessPrivate =
    "PRIVATE+KEY+witness.example.com/w1+a0059f11+BAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

TEST(VerifierKey, ReadsAndWritesPublishedKeys) {
  for (const char* text :
       {kPeter, kEnoch, "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
        kWitness}) {
    const auto key = VerifierKey::parse(text);
    ASSERT_TRUE(key.ok()) << text;
    EXPECT_EQ(key->to_text(), text);
  }
  EXPECT_EQ(peter().name(), "PeterNeumann");
  EXPECT_EQ(peter().id(), 0xC74F20A3U);
  EXPECT_EQ(peter().type(), SignatureType::Ed25519);
  EXPECT_EQ(VerifierKey::parse(kWitness)->type(), SignatureType::CosignatureV1);
}

TEST(VerifierKey, RefusesEveryPartAndEveryChangedCharacter) {
  const std::string text = kPeter;
  for (size_t begin = 0; begin <= text.size(); ++begin) {
    for (size_t size = 0; begin + size <= text.size(); ++size) {
      if (size == text.size()) continue;
      EXPECT_FALSE(VerifierKey::parse(text.substr(begin, size))) << text.substr(begin, size);
    }
  }
  for (size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    ++changed[i];
    EXPECT_FALSE(VerifierKey::parse(changed)) << changed;
  }
}

TEST(VerifierKey, RefusesOtherSpellingsAndTypes) {
  for (const char* text : {
           // A key of 34 bytes, with the id that it would have.
           "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
           // A type that nobody has, with the id that it would have.
           "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
           "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
           "PeterNeumann+0c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
           "PeterNeumann++ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
           "PeterNeumann+c74f20a3+",
           "PeterNeumann+c74f20a3+AQ==",
           "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq_LDE4izWy10TW",
           "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n",
           " PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
           "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
       }) {
    EXPECT_FALSE(VerifierKey::parse(text)) << text;
  }
  EXPECT_EQ(VerifierKey::parse("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
                .error()
                .code,
            Code::Unsupported);
}

TEST(VerifierKey, HasAnotherIdForAnotherTypeAndName) {
  const std::string raw = peter().public_key();
  const auto cosigner = VerifierKey::make("PeterNeumann", SignatureType::CosignatureV1, raw);
  const auto other = VerifierKey::make("peterNeumann", SignatureType::Ed25519, raw);

  EXPECT_NE(cosigner->id(), peter().id());
  EXPECT_NE(other->id(), peter().id());
  EXPECT_NE(*cosigner, peter());
  EXPECT_EQ(*VerifierKey::make("PeterNeumann", SignatureType::Ed25519, raw), peter());
}

TEST(VerifierKey, RefusesKeysThatAreNot32Bytes) {
  EXPECT_FALSE(VerifierKey::make("a", SignatureType::Ed25519, std::string(31, 'x')));
  EXPECT_FALSE(VerifierKey::make("a", SignatureType::Ed25519, ""));
}

TEST(KeyName, IsNotEmptyAndHasNoSpaceAndNoPlus) {
  for (const char* name : {"a", "example.com/log42", "PeterNeumann", "M\u00FCnchen", "\u65E5\u672C",
                           "a\u200Bb", "install.01J/audit/gateway"}) {
    EXPECT_TRUE(is_key_name(name)) << name;
  }
  for (const char* name :
       {"",         " ",        "a b",      "a+b",      "+",        "a\tb",     "a\nb",
        "a\x01",    "a\u0085b", "a\u00A0b", "a\u1680b", "a\u2000b", "a\u200Ab", "a\u2028b",
        "a\u2029b", "a\u202Fb", "a\u205Fb", "a\u3000b", "\xFF",     "a\xC2",    "\xC0\xA0"}) {
    EXPECT_FALSE(is_key_name(name)) << name;
  }
  EXPECT_FALSE(is_key_name(std::string_view("a\0b", 3)));
}

TEST(KeyName, OfAKnownKeyIsBounded) {
  const std::string raw = peter().public_key();

  EXPECT_TRUE(VerifierKey::make(std::string(255, 'a'), SignatureType::Ed25519, raw));
  EXPECT_FALSE(VerifierKey::make(std::string(256, 'a'), SignatureType::Ed25519, raw));
}

TEST(SignerKey, ReadsAndWritesPublishedKeys) {
  EXPECT_EQ(peter_signer().verifier(), peter());
  EXPECT_EQ(peter_signer().to_text().expose(), kPeterPrivate);
  const auto witness = SignerKey::parse(Secret(kWitnessPrivate));
  ASSERT_TRUE(witness.ok());
  EXPECT_EQ(witness->verifier().to_text(), kWitness);
  EXPECT_EQ(witness->to_text().expose(), kWitnessPrivate);
}

TEST(SignerKey, RefusesEveryPartAndEveryChangedCharacter) {
  const std::string text = kPeterPrivate;
  for (size_t begin = 0; begin <= text.size(); ++begin) {
    for (size_t size = 0; begin + size <= text.size(); ++size) {
      if (size == text.size()) continue;
      EXPECT_FALSE(SignerKey::parse(Secret(text.substr(begin, size)))) << text.substr(begin, size);
    }
  }
  for (size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    ++changed[i];
    EXPECT_FALSE(SignerKey::parse(Secret(changed))) << changed;
  }
}

TEST(SignerKey, SignsWhatItsVerifierTakes) {
  const SignerKey key = new_signer("EnochRoot");
  const std::string signature = *key.sign("hi");

  EXPECT_TRUE(key.verifier().verify("hi", signature));
  EXPECT_FALSE(key.verifier().verify("ho", signature));
  EXPECT_FALSE(peter().verify("hi", signature));
  const auto copy = SignerKey::parse(key.to_text());
  ASSERT_TRUE(copy.ok());
  EXPECT_EQ(*copy->sign("hi"), signature);
}

TEST(SignerKey, IsEd25519) {
  EXPECT_EQ(SignerKey::make("a", SignatureType::Ed25519,
                            *crypto::PrivateKey::generate(crypto::KeyType::EcP256))
                .error()
                .code,
            Code::Unsupported);
}

}  // namespace
}  // namespace srasta::tlog
