#include "tlog/policy.h"

#include "tlog/cosignature.h"
#include "tlog/testing/test_keys.h"

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace srasta::tlog {
namespace {

using base::Code;

constexpr const char* kText =
    "example.com/log\n"
    "7\n"
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

class PolicyTest : public ::testing::Test {
 protected:
  PolicyTest() {
    for (const char* name : {"a", "b", "c", "d"}) {
      signers_.push_back(
          new_signer(std::string("example.com/") + name, SignatureType::CosignatureV1));
      witnesses_ += fmt::format("witness {} {}\n", name, key(signers_.size() - 1));
    }
  }

  [[nodiscard]] std::string key(size_t i) const { return signers_[i].verifier().to_text(); }

  [[nodiscard]] Note note(std::initializer_list<size_t> cosigners) const {
    Note note{kText, {}};
    for (const size_t i : cosigners) note.signatures.push_back(*cosign(kText, 9, signers_[i]));
    return note;
  }
  /// Whether a policy of these witnesses and `rest` is met; false where it is none.
  [[nodiscard]] bool is_met(const std::string& rest, std::initializer_list<size_t> cosigners) {
    const auto policy = Policy::parse(witnesses_ + rest);
    EXPECT_TRUE(policy.ok()) << rest << ": " << policy.error().message;
    return policy && *policy->is_met(note(cosigners));
  }
  [[nodiscard]] std::string fault(const std::string& text) {
    const auto policy = Policy::parse(text);
    return policy ? "none" : policy.error().message;
  }

  std::vector<SignerKey> signers_;
  std::string witnesses_;
};

TEST_F(PolicyTest, IsMetByOneWitness) {
  EXPECT_TRUE(is_met("quorum b\n", {1}));
  EXPECT_TRUE(is_met("quorum b\n", {0, 1, 2}));
  EXPECT_FALSE(is_met("quorum b\n", {0, 2, 3}));
  EXPECT_FALSE(is_met("quorum b\n", {}));
}

TEST_F(PolicyTest, IsMetByAsManyAsAGroupWants) {
  for (const auto& [wanted, enough] : {std::pair{"any", 1U}, {"1", 1U}, {"2", 2U}, {"all", 3U}}) {
    const std::string rest = fmt::format("group g {} a b c\nquorum g\n", wanted);
    EXPECT_FALSE(is_met(rest, {3})) << wanted;
    EXPECT_EQ(is_met(rest, {2}), enough <= 1) << wanted;
    EXPECT_EQ(is_met(rest, {0, 2}), enough <= 2) << wanted;
    EXPECT_TRUE(is_met(rest, {0, 1, 2})) << wanted;
  }
}

TEST_F(PolicyTest, IsMetByGroupsOfGroups) {
  const std::string rest = "group x any a b\ngroup y all x c\ngroup z 1 y d\nquorum z\n";
  EXPECT_TRUE(is_met(rest, {3}));
  EXPECT_TRUE(is_met(rest, {1, 2}));
  EXPECT_FALSE(is_met(rest, {0, 1}));
  EXPECT_FALSE(is_met(rest, {2}));
}

TEST_F(PolicyTest, AsksForNothingWithoutAQuorum) {
  const auto policy = Policy::parse("quorum none\n");
  ASSERT_TRUE(policy.ok());
  EXPECT_TRUE(policy->asks_for_none());
  EXPECT_TRUE(*policy->is_met(note({})));
}

TEST_F(PolicyTest, CountsAWitnessOnceHoweverOftenItCosigned) {
  EXPECT_FALSE(is_met("group g 2 a b\nquorum g\n", {0, 0, 0}));
}

TEST_F(PolicyTest, RefusesACosignatureOfAnotherCheckpoint) {
  const Policy policy = *Policy::parse(witnesses_ + "quorum a\n");
  Note other = note({0, 1});
  other.text = "example.com/log\n8\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
  EXPECT_EQ(policy.is_met(other).error().code, Code::Unauthenticated);
}

TEST_F(PolicyTest, IgnoresKeysThatItDoesNotName) {
  const Policy policy = *Policy::parse(fmt::format("witness a {}\nquorum a\n", key(0)));
  EXPECT_FALSE(*policy.is_met(note({1, 2})));
  EXPECT_TRUE(*policy.is_met(note({1, 0})));
}

TEST_F(PolicyTest, TakesLogsUrlsCommentsAndBlanks) {
  const auto policy =
      Policy::parse(fmt::format("# \xff\n \t\n\tlog\t{}  https://example.com/ \n"
                                "  witness W\xc3\xb6 {} https://w\n#x\nquorum W\xc3\xb6\n",
                                kPeter, key(0)));
  ASSERT_TRUE(policy.ok()) << policy.error().message;
  ASSERT_EQ(policy->logs().size(), 1U);
  EXPECT_EQ(policy->logs()[0].to_text(), kPeter);
  EXPECT_EQ(policy->witnesses().size(), 1U);
}

TEST_F(PolicyTest, NamesTheLineThatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "there is no quorum"},
      {"quorum none", "the last line has no end"},
      {"quorum none\r\n", "a policy has no control characters but tab and newline"},
      {"quorum none\nquorum none\n", "line 2: there is a second quorum"},
      {"quorum a\nwitness a " + key(0) + "\n", "line 1: no line before this one defines a"},
      {"quorum\n", "line 1: the quorum is one name"},
      {"Quorum none\n", "line 1: a line is about a log, a witness, a group or the quorum"},
      {"log\n", "line 1: a log has a key and perhaps a URL"},
      {"log " + key(0) + "\n", "line 1: the key of a log is one of type 1"},
      {fmt::format("log {}\nlog {}\n", kPeter, kPeter), "line 2: another log has this key"},
      {fmt::format("witness a {}\n", kPeter), "line 1: the key of a witness is one of type 4"},
      {"witness a\n", "line 1: a witness has a name, a key and perhaps a URL"},
      {"witness none " + key(0) + "\n", "line 1: none is defined already"},
      {witnesses_ + "witness a " +
           new_signer("x", SignatureType::CosignatureV1).verifier().to_text() + "\n",
       "line 5: a is defined already"},
      {witnesses_ + "witness e " + key(0) + "\n", "line 5: another witness has this key"},
      {witnesses_ + "group g any\n",
       "line 5: a group has a name, how many are wanted, and members"},
      {witnesses_ + "group g 0 a\n",
       "line 5: of the members, any, all or a number of them are wanted"},
      {witnesses_ + "group g 3 a b\n",
       "line 5: of the members, any, all or a number of them are wanted"},
      {witnesses_ + "group g 01 a b\n",
       "line 5: of the members, any, all or a number of them are wanted"},
      {witnesses_ + "group g any g\n", "line 5: no line before this one defines g"},
      {witnesses_ + "group g any none\n", "line 5: no line before this one defines none"},
      {witnesses_ + "group g any a a\n", "line 5: a is a member of a group already"},
      {witnesses_ + "group g any a\ngroup h any a\n", "line 6: a is a member of a group already"},
      {witnesses_ + "group a any b\n", "line 5: a is defined already"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(fault(text), expected) << text;
  EXPECT_EQ(Policy::parse(std::string(kMostPolicyBytes + 1, '#')).error().code, Code::TooLarge);
}

}  // namespace
}  // namespace srasta::tlog
