#include "audit/search.h"

#include "audit/installation_test.h"

#include <gtest/gtest.h>

namespace srasta::audit {
namespace {

class Search : public ::testing::Test {
 protected:
  void SetUp() override {
    box_.settings.segment_bytes = 1500;
    ledger_ = *box_.open();
    add("u-alice", "r-1", Act::InferenceRequest, Outcome::Allow);
    box_.clock.advance(base::Seconds(60));
    add("u-alice", "r-1", Act::InferenceComplete, Outcome::Ok);
    add("u-bob", "r-2", Act::AuthzDeny, Outcome::Deny, Reason::Permission);
    add("u-bob", "r-3", Act::InferenceRequest, Outcome::Allow);
  }

  void add(std::string_view actor, std::string_view request, Act act, Outcome outcome,
           Reason reason = Reason::None) {
    Event event = inference_event(Label(request));
    event.act = act;
    event.outcome = outcome;
    event.actor.id = Subject(actor);
    event.data.add("reason", reason);
    Reply reply;
    ledger_->append_durable(event, reply.completion());
    ASSERT_TRUE(reply.get().ok());
  }

  std::string found_by(const Query& query) {
    StreamReader reader(box_.files, "/data/audit/gateway");
    return found_by(reader, query);
  }
  static std::string found_by(StreamReader& reader, const Query& query = {}) {
    std::string found;
    const auto read = reader.read_on([&](const Found& record) {
      if (fits(record, query)) found += std::to_string(record.seq) + " ";
    });
    return read ? found : read.error().message;
  }

  Installation box_;
  std::unique_ptr<Ledger> ledger_;
};

TEST_F(Search, FindsByEachFilter) {
  EXPECT_EQ(found_by({}), "0 1 2 3 4 ");
  EXPECT_EQ(found_by({.act = "inference.request"}), "1 4 ");
  EXPECT_EQ(found_by({.act = "inference."}), "1 2 4 ");
  EXPECT_EQ(found_by({.actor = "u-bob"}), "3 4 ");
  EXPECT_EQ(found_by({.tenant = "acme"}), "1 2 3 4 ");
  EXPECT_EQ(found_by({.outcome = "deny"}), "3 ");
  EXPECT_EQ(found_by({.request = "r-1"}), "1 2 ");
  EXPECT_EQ(found_by({.since = "2026-01-02T03:05"}), "2 3 4 ");
  EXPECT_EQ(found_by({.until = "2026-01-02T03:05"}), "0 1 ");
  EXPECT_EQ(found_by({.actor = "u-bob", .outcome = "allow"}), "4 ");
  EXPECT_EQ(found_by({.actor = "nobody"}), "");
}

TEST_F(Search, ShowsWhatARecordSays) {
  StreamReader reader(box_.files, "/data/audit/gateway");
  std::string reason;
  ASSERT_TRUE(reader.read_on([&](const Found& record) { reason += record.reason; }).ok());

  EXPECT_EQ(reason, "permission");
}

TEST_F(Search, GoesOnWithWhatIsNew) {
  StreamReader reader(box_.files, "/data/audit/gateway");
  EXPECT_EQ(found_by(reader), "0 1 2 3 4 ");
  EXPECT_EQ(found_by(reader), "");

  add("u-bob", "r-4", Act::InferenceRequest, Outcome::Allow);

  EXPECT_EQ(found_by(reader), "5 ");
}

TEST_F(Search, BeginsWithTheLastRecords) {
  for (const auto& [count, expected] : {std::pair{uint64_t{0}, ""},
                                        {uint64_t{1}, "4 "},
                                        {uint64_t{3}, "2 3 4 "},
                                        {uint64_t{99}, "0 1 2 3 4 "}}) {
    StreamReader reader(box_.files, "/data/audit/gateway");
    ASSERT_TRUE(reader.skip_to_last(count).ok());
    EXPECT_EQ(found_by(reader), expected);
  }
}

TEST_F(Search, SaysThatThereIsNoSuchStream) {
  StreamReader reader(box_.files, "/data/audit/tools");

  EXPECT_EQ(reader.read_on([](const Found&) {}).error().code, base::Code::NotFound);
}

}  // namespace
}  // namespace srasta::audit
