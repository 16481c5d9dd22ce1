#include "tlog/cosignature.h"

#include "tlog/checkpoint.h"
#include "tlog/testing/test_keys.h"

#include <gtest/gtest.h>

namespace srasta::tlog {
namespace {

using base::Code;

constexpr const char* kText =
    "example.com/behind-the-sofa\n"
    "20852163\n"
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
constexpr uint64_t kTime = 1679315147;

// Made with another implementation of Ed25519 from the seed 00 01 .. 1f.
constexpr const char* kWitnessPrivate =
    "PRIVATE+KEY+witness.example.com/w1+a0059f11+BAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
const std::string kWitnessLine =
    "\u2014 witness.example.com/w1 "
    "oAWfEQAAAABkGFDLBuRDazBLVac2NE+Y+IjbjQOcXLfF9CSDZVUIoS83rE1nFZsVE8YiWV6Ngr7lV8H6bdoBQGP/"
    "l73euDMQ9k+bBQ==\n";

SignerKey witness() {
  return *SignerKey::parse(base::Secret(kWitnessPrivate));
}

Note cosigned(const SignerKey& key, std::initializer_list<uint64_t> times) {
  Note note{kText, {}};
  for (const uint64_t time : times) note.signatures.push_back(*cosign(kText, time, key));
  return note;
}

TEST(Cosignature, SignsTheMessageOfTheStandard) {
  EXPECT_EQ(cosigned_message(kTime, kText),
            std::string("cosignature/v1\ntime 1679315147\n") + kText);
}

TEST(Cosignature, IsThatOfAnotherImplementation) {
  EXPECT_EQ(signature_line(*cosign(kText, kTime, witness())), kWitnessLine);
}

TEST(Cosignature, HasTheTimeOfTheExampleInTheStandard) {
  const auto line = parse_signature_lines(
      "\u2014 witness.example.com/w1 "
      "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+"
      "mbIUBkBIfZ+qnA==\n");
  ASSERT_TRUE(line.ok());
  const auto cosignature = parse_cosignature((*line)[0].bytes);

  ASSERT_TRUE(cosignature.has_value());
  EXPECT_EQ(cosignature->time, kTime);
  EXPECT_EQ(cosignature->signature.size(), 64U);
}

TEST(Cosignature, IsVerifiedWithItsTime) {
  const SignerKey key = new_signer("w", SignatureType::CosignatureV1);
  const auto verified = verify_note(cosigned(key, {kTime}), std::vector{key.verifier()});

  ASSERT_TRUE(verified.ok());
  EXPECT_EQ(*verified, (std::vector<VerifiedSignature>{{0, 0, kTime}}));
}

TEST(Cosignature, CountsOnceWithItsLatestTime) {
  const SignerKey key = new_signer("w", SignatureType::CosignatureV1);
  const auto verified = verify_note(cosigned(key, {5, 9, 7}), std::vector{key.verifier()});

  ASSERT_TRUE(verified.ok());
  EXPECT_EQ(*verified, (std::vector<VerifiedSignature>{{0, 1, 9}}));
}

TEST(Cosignature, IsRefusedForAnotherTimeTextTypeOrLength) {
  const SignerKey key = new_signer("w", SignatureType::CosignatureV1);
  const std::vector known{key.verifier()};
  const Note note = cosigned(key, {kTime});
  ASSERT_TRUE(verify_note(note, known).ok());
  for (size_t i = 0; i < 72; ++i) {
    Note changed = note;
    changed.signatures[0].bytes[i] = static_cast<char>(changed.signatures[0].bytes[i] ^ 1);
    EXPECT_FALSE(verify_note(changed, known)) << i;
  }
  Note extended = note;
  extended.text += "extension\n";
  EXPECT_FALSE(verify_note(extended, known));
  for (const size_t size : {64U, 71U, 73U}) {
    Note other = note;
    other.signatures[0].bytes.resize(size);
    EXPECT_FALSE(verify_note(other, known)) << size;
  }
}

TEST(Cosignature, IsNoSignatureOfTheNoteItself) {
  const SignerKey key = new_signer("w", SignatureType::CosignatureV1);
  Note note{kText, {{"w", key.id(), *key.sign(kText)}}};

  EXPECT_FALSE(verify_note(note, std::vector{key.verifier()}));
}

TEST(Cosignature, HasATimeBelowTwoToThe63) {
  const SignerKey key = new_signer("w", SignatureType::CosignatureV1);

  EXPECT_TRUE(cosign(kText, 0, key));
  EXPECT_TRUE(cosign(kText, kMostCosignatureTime, key));
  EXPECT_EQ(cosign(kText, kMostCosignatureTime + 1, key).error().code, Code::Invalid);
  EXPECT_FALSE(parse_cosignature("\x80" + std::string(71, '\0')));
  EXPECT_TRUE(parse_cosignature("\x7F" + std::string(71, '\xFF')));
}

TEST(Cosignature, IsGivenToCheckpointsByCosignersOnly) {
  const SignerKey key = new_signer("w", SignatureType::CosignatureV1);

  EXPECT_EQ(cosign("hello\n", kTime, key).error().code, Code::Invalid);
  EXPECT_EQ(cosign(kText, kTime, new_signer("log")).error().code, Code::Invalid);
}

}  // namespace
}  // namespace srasta::tlog
