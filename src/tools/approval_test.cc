#include "tools/approval.h"

#include "json/document.h"
#include "tools/approval_store.h"
#include "tools/canonical.h"
#include "tools/database.h"

#include <array>
#include <filesystem>

#include <gtest/gtest.h>

namespace srasta::tools {
namespace {

using policy::Approvers;
using policy::Reason;

constexpr int64_t kNow = 1'800'000'000;

Bound bound() {
  return {.tenant = "acme",
          .principal = "p-alice",
          .persona = "implementer",
          .tool = "patch_apply",
          .arguments = "a1",
          .base = "b1",
          .effects = "e1",
          .policy = "d1"};
}

Approval approval(std::vector<Approvers> approvers = {{.roles = {"release"}}}) {
  Approval made{.id = "apr_1",
                .bound = bound(),
                .requester = "alice",
                .actors = {"alice", "agent-7"},
                .repository = "payments-api",
                .policy_name = "acme-default",
                .policy_version = 42,
                .rules = {"AP-1"},
                .approvers = std::move(approvers),
                .changes = R"([{"op":"modify","path":"src/a.cc"}])",
                .created = kNow,
                .expires = kNow + 900,
                .nonce = "n1"};
  made.digest = digest_of(made);
  return made;
}

Verdict verdict(std::string subject, std::string role, bool approves = true) {
  return {
      .subject = std::move(subject), .roles = {std::move(role)}, .at = kNow, .approves = approves};
}

Decider decider(std::string subject, std::string role) {
  return {.tenant = "acme",
          .principal = "p-" + subject,
          .actors = {subject},
          .roles = {std::move(role)}};
}

TEST(Approval, IsForTheOneCallThatItWasAskedFor) {
  Approval given = approval();
  decide(given, verdict("relbot", "release"));
  EXPECT_EQ(given.state, ApprovalState::Approved);
  EXPECT_EQ(check_presented(given, bound(), kNow), Reason::None);
  EXPECT_EQ(check_planned(given, bound(), given.approvers), Reason::None);
  struct Case {
    std::string Bound::* member;
    Reason presented;
    Reason planned;
  };
  const std::array cases = {
      Case{&Bound::tenant, Reason::HandleForeign, Reason::ApprovalMismatch},
      Case{&Bound::principal, Reason::HandleForeign, Reason::ApprovalMismatch},
      Case{&Bound::persona, Reason::ApprovalMismatch, Reason::ApprovalMismatch},
      Case{&Bound::tool, Reason::ApprovalMismatch, Reason::ApprovalMismatch},
      Case{&Bound::arguments, Reason::ApprovalMismatch, Reason::ApprovalMismatch},
      Case{&Bound::policy, Reason::ApprovalStale, Reason::ApprovalMismatch},
      Case{&Bound::base, Reason::None, Reason::ApprovalStale},
      Case{&Bound::effects, Reason::None, Reason::ApprovalMismatch},
  };
  for (const Case& each : cases) {
    Bound other = bound();
    other.*each.member += "x";
    EXPECT_EQ(check_presented(given, other, kNow), each.presented);
    EXPECT_EQ(check_planned(given, other, {}), each.planned);
    EXPECT_NE(digest_of(other), digest_of(bound()));
  }
}

TEST(Approval, EndsAndIsUsedOnce) {
  Approval given = approval();
  EXPECT_EQ(check_presented(given, bound(), kNow), Reason::ApprovalRequired);
  decide(given, verdict("relbot", "release"));
  EXPECT_EQ(check_presented(given, bound(), kNow + 899), Reason::None);
  EXPECT_EQ(check_presented(given, bound(), kNow + 900), Reason::ApprovalExpired);
  EXPECT_EQ(shown_state(given, kNow + 900), "expired");
  given.state = ApprovalState::Used;
  EXPECT_EQ(check_presented(given, bound(), kNow), Reason::ApprovalReplayed);
  EXPECT_EQ(check_presented(given, bound(), kNow + 900), Reason::ApprovalReplayed);
  given.state = ApprovalState::Denied;
  EXPECT_EQ(check_presented(given, bound(), kNow), Reason::ApprovalDenied);
  given.state = ApprovalState::Stale;
  EXPECT_EQ(check_presented(given, bound(), kNow), Reason::ApprovalStale);
}

TEST(Approval, ThatWasChangedInTheStoreIsNone) {
  Approval given = approval();
  decide(given, verdict("relbot", "release"));
  Approval longer = given;
  longer.expires += 1;
  EXPECT_EQ(check_presented(longer, bound(), kNow), Reason::ApprovalMismatch);
  Approval easier = given;
  easier.approvers = {{.roles = {"viewer"}}};
  EXPECT_EQ(check_presented(easier, bound(), kNow), Reason::ApprovalMismatch);
  // What it says is approved, and nobody did.
  Approval forged = approval();
  forged.state = ApprovalState::Approved;
  EXPECT_EQ(check_planned(forged, bound(), forged.approvers), Reason::ApprovalMismatch);
}

TEST(Approval, NeedsEachOfItsApprovers) {
  const std::vector<Approvers> both = {{.roles = {"release"}, .count = 2}, {.roles = {"security"}}};
  Approval asked = approval(both);
  decide(asked, verdict("r1", "release"));
  decide(asked, verdict("s1", "security"));
  EXPECT_EQ(asked.state, ApprovalState::Pending);
  decide(asked, verdict("r1", "release"));  // again, which counts once
  EXPECT_EQ(asked.state, ApprovalState::Pending);
  decide(asked, verdict("r2", "release"));
  EXPECT_EQ(asked.state, ApprovalState::Approved);
  // The policy asks for more than it did.
  const std::vector<Approvers> more = {{.roles = {"owner"}}};
  EXPECT_EQ(check_planned(asked, bound(), more), Reason::ApprovalMismatch);
  EXPECT_FALSE(is_satisfied({}, asked.verdicts));
}

TEST(Approval, OneWhoSaysNoEndsIt) {
  Approval asked = approval({{.roles = {"release"}, .count = 2}});
  decide(asked, verdict("r1", "release"));
  decide(asked, verdict("r2", "release", false));
  EXPECT_EQ(asked.state, ApprovalState::Denied);
}

TEST(Approval, IsDecidedBySomebodyElseWithTheRole) {
  const Approval asked = approval();
  EXPECT_EQ(check_decider(asked, decider("relbot", "release"), kNow), Reason::None);
  EXPECT_EQ(check_decider(asked, decider("bob", "viewer"), kNow), Reason::NotFound);
  Decider foreign = decider("relbot", "release");
  foreign.tenant = "globex";
  EXPECT_EQ(check_decider(asked, foreign, kNow), Reason::NotFound);
  EXPECT_EQ(check_decider(asked, decider("alice", "release"), kNow), Reason::ApprovalSelf);
  // Another account of the same name, the agent that acted, and an agent that acts for both.
  Decider namesake = decider("alice", "release");
  namesake.principal = "p-other";
  EXPECT_EQ(check_decider(asked, namesake, kNow), Reason::ApprovalSelf);
  EXPECT_EQ(check_decider(asked, decider("agent-7", "release"), kNow), Reason::ApprovalSelf);
  Decider through = decider("relbot", "release");
  through.actors.emplace_back("agent-7");
  EXPECT_EQ(check_decider(asked, through, kNow), Reason::ApprovalSelf);
  EXPECT_EQ(check_decider(asked, decider("relbot", "release"), kNow + 900),
            Reason::ApprovalExpired);
}

TEST(Approval, IsDecidedOnce) {
  Approval asked = approval({{.roles = {"release"}, .count = 2}});
  decide(asked, verdict("relbot", "release"));
  EXPECT_EQ(check_decider(asked, decider("relbot", "release"), kNow), Reason::ApprovalReplayed);
  decide(asked, verdict("r2", "release"));
  EXPECT_EQ(check_decider(asked, decider("r3", "release"), kNow), Reason::ApprovalReplayed);
}

TEST(CanonicalJson, HasOneSpellingOfEachObject) {
  const auto spelled = [](std::string_view text) {
    const auto document = json::Document::parse(text);
    constexpr std::array<std::string_view, 1> kLeftOut = {"approval"};
    return document ? canonical_json(document->root(), kLeftOut) : std::nullopt;
  };
  EXPECT_EQ(spelled(R"({"b":[1,{"y":null,"x":true}],"a":"\u0041","approval":"apr_1"})"),
            R"({"a":"A","b":[1,{"x":true,"y":null}]})");
  EXPECT_NE(spelled(R"({"a":{"approval":"x"}})"), spelled(R"({"a":{}})"));
  EXPECT_FALSE(spelled(R"({"a":1.5})"));
}

class ApprovalStoreTest : public testing::Test {
 protected:
  ApprovalStoreTest() {
    folder_ = std::filesystem::temp_directory_path() /
              ("approvals-" + std::to_string(::getpid()) + "-" +
               testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_ / "tools");
    database_.emplace(*open_database(folder_.string()));
  }
  ~ApprovalStoreTest() override { std::filesystem::remove_all(folder_); }
  void reopen() {
    database_.reset();
    database_.emplace(*open_database(folder_.string()));
  }
  ApprovalStore store() { return ApprovalStore(*database_); }

  std::filesystem::path folder_;
  std::optional<sql::Connection> database_;
};

TEST_F(ApprovalStoreTest, GivesBackWhatItKept) {
  Approval asked = approval({{.roles = {"release", "admin"}, .count = 2}});
  ASSERT_FALSE(store().add(asked)->has_value());
  Approval after = asked;
  decide(after, verdict("relbot", "release"));
  ASSERT_TRUE(*store().replace(asked, after));
  EXPECT_FALSE(*store().replace(asked, after)) << "somebody else was faster";
  reopen();
  const auto found = store().find("apr_1");
  ASSERT_TRUE(found && *found);
  const Approval& kept = **found;
  EXPECT_EQ(kept.bound, asked.bound);
  EXPECT_EQ(digest_of(kept), asked.digest);
  EXPECT_EQ(kept.digest, asked.digest);
  EXPECT_EQ(kept.actors, asked.actors);
  EXPECT_EQ(kept.changes, asked.changes);
  ASSERT_EQ(kept.verdicts.size(), 1U);
  EXPECT_EQ(kept.verdicts.front().subject, "relbot");
  EXPECT_TRUE(kept.verdicts.front().approves);
  EXPECT_EQ(store().list("acme")->size(), 1U);
  EXPECT_TRUE(store().list("globex")->empty());
}

TEST_F(ApprovalStoreTest, FindsTheSameCallWhileItWaits) {
  Approval asked = approval();
  ASSERT_FALSE(store().add(asked)->has_value());
  EXPECT_EQ((*store().find_equal(bound(), kNow))->id, "apr_1");
  EXPECT_FALSE(*store().find_equal(bound(), kNow + 900));
  EXPECT_FALSE(*store().use("apr_1", kNow)) << "nobody approved it";
  Approval after = asked;
  decide(after, verdict("relbot", "release"));
  ASSERT_TRUE(*store().replace(asked, after));
  EXPECT_FALSE(*store().find_equal(bound(), kNow)) << "whoever lost its id asks anew";
  EXPECT_FALSE(*store().use("apr_1", kNow + 900)) << "it is over";
  EXPECT_TRUE(*store().use("apr_1", kNow));
  EXPECT_FALSE(*store().use("apr_1", kNow));
}

TEST_F(ApprovalStoreTest, KeepsOnlySoManyThatWait) {
  Approval asked = approval();
  for (int i = 0; i < 32; ++i) {
    asked.id = "apr_" + std::to_string(i);
    ASSERT_FALSE(store().add(asked)->has_value());
  }
  asked.id = "apr_more";
  EXPECT_TRUE(store().add(asked)->has_value());
  EXPECT_FALSE(*store().find("apr_more"));
  // Those that are over do not count, and are forgotten in the end.
  asked.created += 1000;
  asked.expires += 1000;
  EXPECT_FALSE(store().add(asked)->has_value());
  EXPECT_TRUE(*store().find("apr_0"));
  asked.id = "apr_much_later";
  asked.created += int64_t{31} * 86'400;
  EXPECT_FALSE(store().add(asked)->has_value());
  EXPECT_FALSE(*store().find("apr_0"));
}

}  // namespace
}  // namespace srasta::tools
