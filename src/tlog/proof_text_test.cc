#include "tlog/proof_text.h"

#include "base/encoding.h"
#include "tlog/cosignature.h"
#include "tlog/testing/naive_tree.h"
#include "tlog/testing/test_keys.h"

#include <gtest/gtest.h>

namespace srasta::tlog {
namespace {

using base::Code;

constexpr const char* kOrigin = "example.com/fancylog";
constexpr size_t kSize = 11;

class ProofTextTest : public testing::Test {
 protected:
  [[nodiscard]] ProofText proof_of(uint64_t index) {
    NaiveNodes nodes(leaves_);
    ProofText proof;
    proof.index = index;
    proof.proof = *inclusion_proof(index, kSize, nodes);
    proof.note.text = *write_checkpoint(kOrigin, kSize, naive_root(leaves_));
    proof.note.signatures = {*sign_text(proof.note.text, log_),
                             *cosign(proof.note.text, 1'700'000'000, witness_)};
    proof.checkpoint = *parse_checkpoint(proof.note.text);
    return proof;
  }

  std::vector<crypto::Digest> leaves_ = numbered_leaves(kSize);
  SignerKey log_ = new_signer(kOrigin);
  SignerKey witness_ = new_signer("witness1.example", SignatureType::CosignatureV1);
};

TEST_F(ProofTextTest, IsReadAsWrittenAndVerifies) {
  for (uint64_t index = 0; index < kSize; ++index) {
    const ProofText proof = proof_of(index);
    const auto text = write_proof_text(proof);
    ASSERT_TRUE(text.ok());
    const auto read = parse_proof_text(*text);
    ASSERT_TRUE(read.ok()) << *text;
    EXPECT_EQ(*read, proof);
    EXPECT_EQ(verify_note(read->note, std::vector{log_.verifier(), witness_.verifier()})->size(),
              2U);
    EXPECT_TRUE(verify_inclusion(read->index, read->checkpoint.size, leaves_[index], read->proof,
                                 read->checkpoint.root));
  }
}

TEST_F(ProofTextTest, HasTheFormOfTheStandard) {
  ProofText proof = proof_of(10);
  proof.proof.resize(2);
  proof.extra = "extra data";

  const std::string hash0 = base::to_base64(crypto::bytes_of(proof.proof[0]));
  const std::string hash1 = base::to_base64(crypto::bytes_of(proof.proof[1]));
  EXPECT_EQ(*write_proof_text(proof), "c2sp.org/tlog-proof@v1\nextra ZXh0cmEgZGF0YQ==\nindex 10\n" +
                                          hash0 + "\n" + hash1 + "\n\n" + write_note(proof.note));
  EXPECT_EQ(*parse_proof_text(*write_proof_text(proof)), proof);
}

TEST_F(ProofTextTest, MayBeWithoutHashes) {
  ProofText proof = proof_of(0);
  proof.proof.clear();

  EXPECT_EQ(*parse_proof_text(*write_proof_text(proof)), proof);
}

TEST_F(ProofTextTest, RefusesOtherForms) {
  const std::string note = write_note(proof_of(0).note);
  const std::string head = "c2sp.org/tlog-proof@v1\n";
  const std::string hash(43, 'A');
  ASSERT_TRUE(parse_proof_text(head + "index 0\n" + hash + "=\n\n" + note).ok());
  for (const std::string& text : std::initializer_list<std::string>{
           "",
           head,
           "c2sp.org/tlog-proof@v2\nindex 0\n\n" + note,
           "c2sp.org/tlog-proof@v1 \nindex 0\n\n" + note,
           "\n" + head + "index 0\n\n" + note,
           head + "\n" + note,
           head + "0\n\n" + note,
           head + "index\n\n" + note,
           head + "index \n\n" + note,
           head + "index 00\n\n" + note,
           head + "index 01\n\n" + note,
           head + "index -1\n\n" + note,
           head + "index 0 \n\n" + note,
           head + "index 0\r\n\n" + note,
           head + "Index 0\n\n" + note,
           head + "index 11\n\n" + note,
           head + "index 18446744073709551616\n\n" + note,
           head + "index 0\nindex 0\n\n" + note,
           head + "index 0\nextra AAAA\n\n" + note,
           head + "extra\nindex 0\n\n" + note,
           head + "extra \nindex 0\n\n" + note,
           head + "extra AAA\nindex 0\n\n" + note,
           head + "extra AAAA\nextra AAAA\nindex 0\n\n" + note,
           head + "extra AAAA\n\n" + note,
           head + "index 0\n" + hash + "\n\n" + note,
           head + "index 0\n" + hash + "=\n" + note,
           head + "index 0\n" + hash + "= \n\n" + note,
           head + "index 0\n\n\n" + note,
           head + "index 0\n\n",
           head + "index 0\n\n" + note + "\n",
           head + "index 0\n\nlog\n1\nAAAA\n\n\u2014 a AAAAAAA=\n",
           head + "index 0\n\n" + proof_of(0).note.text,
       }) {
    EXPECT_EQ(parse_proof_text(text).error().code, Code::Invalid) << text;
  }
}

TEST_F(ProofTextTest, IsBounded) {
  ProofText proof = proof_of(0);
  proof.proof.assign(63, leaves_[0]);
  EXPECT_TRUE(write_proof_text(proof));
  proof.proof.push_back(leaves_[0]);
  EXPECT_EQ(write_proof_text(proof).error().code, Code::TooLarge);
  proof.proof.clear();
  proof.extra = std::string(kMostExtraBytes, 'x');
  EXPECT_TRUE(write_proof_text(proof));
  proof.extra = std::string(kMostExtraBytes + 1, 'x');
  EXPECT_EQ(write_proof_text(proof).error().code, Code::TooLarge);
  EXPECT_EQ(parse_proof_text(std::string(kMostProofTextBytes + 1, 'x')).error().code,
            Code::TooLarge);
}

TEST_F(ProofTextTest, IsNotWrittenWhenItCouldNotBeRead) {
  ProofText proof = proof_of(0);
  proof.extra = "";
  EXPECT_FALSE(write_proof_text(proof));
  proof = proof_of(0);
  proof.index = kSize;
  EXPECT_FALSE(write_proof_text(proof));
  proof = proof_of(0);
  proof.note.signatures.clear();
  EXPECT_FALSE(write_proof_text(proof));
  proof = proof_of(0);
  proof.note.text = "no checkpoint\n";
  EXPECT_FALSE(write_proof_text(proof));
}

}  // namespace
}  // namespace srasta::tlog
