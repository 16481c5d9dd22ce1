#include "admin/config_revisions.h"

#include "admin/schema.h"
#include "json/document.h"
#include "storage/query.h"
#include "storage/test_database.h"

#include <optional>

#include <gtest/gtest.h>

namespace srasta::admin {
namespace {

config::Loaded parsed(const std::string& yaml) {
  return *config::parse_config(yaml, "/etc/srasta/srasta.yaml", {});
}

class ConfigRevisions : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = store_.open(migrations());
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    database_.emplace(*std::move(opened));
    owner_.on_host = true;
  }

  [[nodiscard]] Desk desk(const Actor& actor) {
    return {.database = *database_, .actor = actor, .declared = declared_, .now = 1'000};
  }

  Answered<std::string> stage(const Actor& actor, const std::string& running,
                              const NewRevision& revision) {
    service::Journal::Change change;
    return stage_revision(desk(actor), change, parsed(running), parsed(revision.yaml), revision);
  }

  RevisionState state_of(int64_t number) {
    const auto found = find_revision(*database_, number);
    EXPECT_TRUE(found.ok() && *found);
    return (*found)->state;
  }

  const access::AccessRules declared_{};
  const Actor administrator_{.issuer = "i", .subject = "s", .tenant = base::TenantId("acme")};
  Actor owner_ = administrator_;
  sql::TestDatabase store_;
  std::optional<sql::Connection> database_;
};

constexpr const char* kDebug = "log: { level: debug }\n";

TEST_F(ConfigRevisions, StayPendingUntilSomebodySaysWhatBecameOfThem) {
  ASSERT_TRUE(stage(administrator_, "", {.yaml = kDebug, .note = "why"}));
  EXPECT_EQ(state_of(1), RevisionState::Pending);
  const auto second = stage(administrator_, "", {.yaml = kDebug});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().reason, "under_way");

  ASSERT_TRUE(settle_revision(*database_, RevisionState::InForce, {}).ok());
  EXPECT_EQ(state_of(1), RevisionState::InForce);
  EXPECT_FALSE(settle_revision(*database_, RevisionState::InForce, {}).ok());
  EXPECT_TRUE(stage(administrator_, kDebug, {.yaml = ""}));
}

TEST_F(ConfigRevisions, AreMadeOfWhatIsInForce) {
  const auto late = stage(administrator_, "", {.yaml = kDebug, .based_on = std::string(64, '0')});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, service::ErrorCode::ConfigChanged);
  EXPECT_TRUE(
      stage(administrator_, "", {.yaml = kDebug, .based_on = config::config_digest(parsed(""))}));
}

TEST_F(ConfigRevisions, LeaveRightsToOwners) {
  const NewRevision more{.yaml = "access: { roles: { night: [admin.read] } }\n"};
  const auto refused = stage(administrator_, "", more);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, service::ErrorCode::PermissionDenied);
  EXPECT_EQ(refused.error().reason, "owner_only");
  EXPECT_TRUE(stage(owner_, "", more));
}

TEST_F(ConfigRevisions, LeaveTheHostAndTheStartToTheHost) {
  const auto trust = stage(owner_, "", {.yaml = "license: { trusted_keys: [/etc/vendor.pub] }\n"});
  ASSERT_FALSE(trust);
  EXPECT_EQ(trust.error().code, service::ErrorCode::ConfigHostOnly);
  EXPECT_EQ(trust.error().param, "license.trusted_keys");
  const auto start = stage(owner_, "", {.yaml = "drain: 1s\n"});
  ASSERT_FALSE(start);
  EXPECT_EQ(start.error().code, service::ErrorCode::ConfigNeedsRestart);
}

TEST_F(ConfigRevisions, KnowWhatTheHostEdited) {
  ASSERT_TRUE(note_config_file(*database_, 5, "# first\n", "d").ok());
  ASSERT_TRUE(note_config_file(*database_, 6, "# first\n", "d").ok());
  ASSERT_TRUE(note_config_file(*database_, 7, "# second\n", "d").ok());
  const auto listed = list_revisions(desk(owner_));
  ASSERT_TRUE(listed);
  const auto document = json::Document::parse(*listed);
  EXPECT_EQ(document->root().find("revisions")->size(), 2U);
  EXPECT_EQ(document->root().pointer("/revisions/0/issuer")->string(), "host");
  EXPECT_EQ(document->root().pointer("/revisions/0/made")->integer(), 7);

  const auto shown = show_revision(desk(owner_), "1");
  ASSERT_TRUE(shown);
  EXPECT_EQ(json::Document::parse(*shown)->root().find("yaml")->string(), "# first\n");
  for (const char* nobody : {"0", "3", "x", "-1", "99999999999999999999"}) {
    EXPECT_FALSE(show_revision(desk(owner_), nobody)) << nobody;
  }
}

TEST_F(ConfigRevisions, AreNotOfTheHostWhileTheyAreCarriedOut) {
  ASSERT_TRUE(note_config_file(*database_, 5, "# first\n", "d").ok());
  ASSERT_TRUE(stage(owner_, "", {.yaml = kDebug}));
  ASSERT_TRUE(note_config_file(*database_, 6, kDebug, "e").ok());  // the service read it
  ASSERT_TRUE(
      note_config_file(*database_, 7, "# first\n", "d").ok());  // the supervisor took it back
  const auto count = number_of(*database_, "SELECT count(*) FROM config_revision");
  EXPECT_EQ(*count, 2);
}

TEST_F(ConfigRevisions, TellAfterARestartWhatBecameOfThem) {
  ASSERT_TRUE(stage(owner_, "", {.yaml = kDebug}));
  ASSERT_TRUE(settle_after_restart(*database_, "# another\n").ok());
  EXPECT_EQ(state_of(1), RevisionState::Refused);
  ASSERT_TRUE(stage(owner_, "", {.yaml = kDebug}));
  ASSERT_TRUE(settle_after_restart(*database_, kDebug).ok());
  EXPECT_EQ(state_of(2), RevisionState::InForce);
}

TEST_F(ConfigRevisions, AreKeptUpToABound) {
  for (int64_t i = 1; i <= kMostRevisions + 3; ++i) {
    ASSERT_TRUE(note_config_file(*database_, i, "# " + std::to_string(i) + "\n", "d").ok());
  }
  const auto count = number_of(*database_, "SELECT count(*) FROM config_revision");
  EXPECT_EQ(*count, kMostRevisions);
  const auto oldest = find_revision(*database_, 3);
  ASSERT_TRUE(oldest.ok());
  EXPECT_FALSE(*oldest);
}

}  // namespace
}  // namespace srasta::admin
