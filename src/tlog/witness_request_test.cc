#include "tlog/witness_request.h"

#include "tlog/cosignature.h"
#include "tlog/testing/naive_tree.h"
#include "tlog/testing/test_keys.h"

#include <gtest/gtest.h>

namespace srasta::tlog {
namespace {

using base::Code;
using crypto::Digest;

// The example of the standard.
const std::string kExample =
    "old 20852014\n"
    "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n"
    "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
    "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n"
    "/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n"
    "\n"
    "example.com/behind-the-sofa\n"
    "20852163\n"
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    "\n"
    "\u2014 example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8="
    "\n"
    "\u2014 example.com/behind-the-sofa "
    "opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q="
    "\n";

TEST(WitnessRequest, IsReadAndWrittenAsInTheExampleOfTheStandard) {
  const auto request = parse_witness_request(kExample);

  ASSERT_TRUE(request.ok());
  EXPECT_EQ(request->old_size, 20'852'014U);
  EXPECT_EQ(request->proof.size(), 4U);
  EXPECT_EQ(request->checkpoint.origin, "example.com/behind-the-sofa");
  EXPECT_EQ(request->checkpoint.size, 20'852'163U);
  EXPECT_EQ(request->note.signatures.size(), 2U);
  EXPECT_EQ(*write_witness_request(*request), kExample);
}

TEST(WitnessRequest, RefusesOtherForms) {
  const std::string note = kExample.substr(kExample.find("example.com"));
  const std::string hash = "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n";
  ASSERT_TRUE(parse_witness_request("old 0\n\n" + note).ok());
  for (const std::string& body : std::initializer_list<std::string>{
           "",
           "old 0",
           "old 0\n",
           "old 0\n\n",
           "\n" + note,
           note,
           "old\n\n" + note,
           "old \n\n" + note,
           "old 00\n\n" + note,
           "old 01\n\n" + note,
           "old -1\n\n" + note,
           "old  1\n\n" + note,
           "old 1 \n\n" + note,
           "old 1\r\n\n" + note,
           "old 9223372036854775808\n\n" + note,
           "Old 1\n\n" + note,
           "size 1\n\n" + note,
           "old 1\n" + note,
           "old 1\n" + hash + note,
           "old 1\n" + hash + "\n\n" + note,
           "old 1\nAAAA\n\n" + note,
           "old 1\n " + hash + "\n" + note,
           "old 1\n\n" + note + "\n",
           "old 1\n\n" + note + "x\n",
           "old 1\n\nlog\n1\n\n\u2014 a AAAAAAA=\n",
           "old 1\n\nlog\n1\n" + hash,
       }) {
    EXPECT_EQ(parse_witness_request(body).error().code, Code::Invalid) << body;
  }
}

TEST(WitnessRequest, HasAtMost63Hashes) {
  WitnessRequest request = *parse_witness_request(kExample);
  request.proof.resize(63);
  EXPECT_TRUE(write_witness_request(request));
  request.proof.resize(64);
  EXPECT_EQ(write_witness_request(request).error().code, Code::TooLarge);
  EXPECT_EQ(parse_witness_request(std::string(kMostWitnessRequestBytes + 1, 'x')).error().code,
            Code::TooLarge);
}

TEST(ConflictBody, IsASizeOnALine) {
  EXPECT_EQ(conflict_body(0), "0\n");
  EXPECT_EQ(conflict_body(20'852'163), "20852163\n");
  EXPECT_EQ(*parse_conflict_body("20852163\n"), 20'852'163U);
  for (const char* body :
       {"", "\n", "1", "01\n", "1\n\n", "1\n2\n", "-1\n", "1\r\n", "9223372036854775808\n"}) {
    EXPECT_FALSE(parse_conflict_body(body)) << body;
  }
}

class WitnessTest : public testing::Test {
 protected:
  [[nodiscard]] Digest root(size_t size) const {
    return naive_root(std::span(leaves_).first(size));
  }

  [[nodiscard]] WitnessRequest request(uint64_t old_size, uint64_t size, const Digest& root,
                                       Proof proof, const SignerKey& key) const {
    WitnessRequest made{.old_size = old_size, .proof = std::move(proof)};
    made.note.text = *write_checkpoint("log", size, root);
    made.note.signatures = {*sign_text(made.note.text, key)};
    made.checkpoint = *parse_checkpoint(made.note.text);
    return made;
  }
  [[nodiscard]] WitnessRequest honest(uint64_t old_size, uint64_t size) const {
    const auto tree = std::span(leaves_).first(size);
    return request(old_size, size, naive_root(tree),
                   old_size == 0 ? Proof{} : naive_subproof(old_size, tree, true), log_);
  }
  [[nodiscard]] WatchedLog known(uint64_t size) const {
    return {{log_.verifier()}, size, root(size)};
  }

  std::vector<Digest> leaves_ = numbered_leaves(12);
  SignerKey log_ = new_signer("log");
};

TEST_F(WitnessTest, CosignsEveryHonestStep) {
  for (uint64_t size = 0; size <= leaves_.size(); ++size) {
    for (uint64_t old_size = 0; old_size <= size; ++old_size) {
      const WatchedLog log = known(old_size);
      ASSERT_EQ(decide(honest(old_size, size), &log), WitnessVerdict::Cosign)
          << old_size << " to " << size;
    }
  }
}

TEST_F(WitnessTest, DoesNotAnswerForLogsThatItDoesNotWatch) {
  EXPECT_EQ(decide(honest(0, 5), nullptr), WitnessVerdict::UnknownOrigin);
}

TEST_F(WitnessTest, WantsASignatureOfATrustedKeyBeforeAnythingElse) {
  const WatchedLog log = known(3);
  WatchedLog keyless = log;
  keyless.keys.clear();
  WitnessRequest changed = honest(3, 5);
  changed.note.signatures[0].bytes[0] = static_cast<char>(changed.note.signatures[0].bytes[0] ^ 1);

  EXPECT_EQ(decide(request(9, 5, root(5), {}, new_signer("log")), &log), WitnessVerdict::NotSigned);
  EXPECT_EQ(decide(honest(3, 5), &keyless), WitnessVerdict::NotSigned);
  EXPECT_EQ(decide(changed, &log), WitnessVerdict::NotSigned);
}

TEST_F(WitnessTest, IgnoresSignaturesOfOthers) {
  const WatchedLog log = known(3);
  WitnessRequest signed_twice = honest(3, 5);
  signed_twice.note.signatures.push_back(*sign_text(signed_twice.note.text, new_signer("other")));

  EXPECT_EQ(decide(signed_twice, &log), WitnessVerdict::Cosign);
}

TEST_F(WitnessTest, RefusesAnOldSizeAboveTheNewOne) {
  const WatchedLog log = known(6);

  EXPECT_EQ(decide(request(6, 5, root(5), {}, log_), &log), WitnessVerdict::OldSizeAboveNew);
  EXPECT_EQ(decide(request(7, 5, root(5), {}, log_), &log), WitnessVerdict::OldSizeAboveNew);
}

TEST_F(WitnessTest, TellsWhichSizeItKnows) {
  const WatchedLog log = known(6);

  EXPECT_EQ(decide(honest(0, 8), &log), WitnessVerdict::OldSizeNotOurs);
  EXPECT_EQ(decide(honest(5, 8), &log), WitnessVerdict::OldSizeNotOurs);
  EXPECT_EQ(decide(honest(7, 8), &log), WitnessVerdict::OldSizeNotOurs);
  EXPECT_EQ(decide(honest(0, 5), &log), WitnessVerdict::OldSizeNotOurs);
}

TEST_F(WitnessTest, SeesAForkOfTheSameSize) {
  const WatchedLog log = known(6);

  EXPECT_EQ(decide(request(6, 6, root(5), {}, log_), &log), WitnessVerdict::RootsDiffer);
  EXPECT_EQ(decide(request(6, 6, root(5), {root(1)}, log_), &log), WitnessVerdict::RootsDiffer);
}

TEST_F(WitnessTest, RefusesProofsThatDoNotVerify) {
  const WatchedLog log = known(6);
  const Proof proof = honest(6, 9).proof;

  EXPECT_EQ(decide(request(6, 9, root(8), proof, log_), &log), WitnessVerdict::ProofDoesNotVerify);
  EXPECT_EQ(decide(request(6, 9, root(9), {}, log_), &log), WitnessVerdict::ProofDoesNotVerify);
  EXPECT_EQ(decide(request(6, 6, root(6), {root(1)}, log_), &log),
            WitnessVerdict::ProofDoesNotVerify);
  WatchedLog forked = log;
  forked.root = root(5);
  EXPECT_EQ(decide(honest(6, 9), &forked), WitnessVerdict::ProofDoesNotVerify);
  const WatchedLog unseen = {{log_.verifier()}, 0, {}};
  EXPECT_EQ(decide(request(0, 9, root(9), {root(1)}, log_), &unseen),
            WitnessVerdict::ProofDoesNotVerify);
}

TEST_F(WitnessTest, KnowsTheRootOfTheEmptyTree) {
  const WatchedLog unseen = {{log_.verifier()}, 0, {}};

  EXPECT_EQ(decide(request(0, 0, root(0), {}, log_), &unseen), WitnessVerdict::Cosign);
  EXPECT_EQ(decide(request(0, 0, root(1), {}, log_), &unseen), WitnessVerdict::EmptyTreeWithRoot);
}

TEST(WitnessVerdict, HasTheStatusOfTheStandard) {
  EXPECT_EQ(status_of(WitnessVerdict::UnknownOrigin), 404U);
  EXPECT_EQ(status_of(WitnessVerdict::NotSigned), 403U);
  EXPECT_EQ(status_of(WitnessVerdict::OldSizeAboveNew), 400U);
  EXPECT_EQ(status_of(WitnessVerdict::OldSizeNotOurs), 409U);
  EXPECT_EQ(status_of(WitnessVerdict::RootsDiffer), 409U);
  EXPECT_EQ(status_of(WitnessVerdict::EmptyTreeWithRoot), 422U);
  EXPECT_EQ(status_of(WitnessVerdict::ProofDoesNotVerify), 422U);
  EXPECT_EQ(status_of(WitnessVerdict::Cosign), 200U);
  EXPECT_EQ(status_of(WitnessVerdict{}), 404U);
}

}  // namespace
}  // namespace srasta::tlog
