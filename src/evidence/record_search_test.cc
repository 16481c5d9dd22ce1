#include "evidence/record_search.h"

#include "evidence/moment.h"
#include "evidence/stored_log_test.h"

#include <gtest/gtest.h>

namespace srasta::evidence {
namespace {

constexpr const char* kIndex = "/data/evidence/gateway.index";

class RecordSearches : public ::testing::TestWithParam<bool> {
 protected:
  RecordSearches() { (void)log_.files.make_folder("/data/evidence"); }

  void catch_up() {
    if (!GetParam()) return;  // the same answers without an index
    ASSERT_TRUE(index_.catch_up(log_.end()).ok());
    ASSERT_EQ(index_.covered().blocks, log_.end() / kRowsInBlock);
  }

  base::Result<Hits> look(const SearchOrder& order) {
    RecordSearch search(log_.files, index_, log_.clock, base::Seconds(1));
    return search.run(order);
  }

  /// All numbers that a query finds, page by page.
  std::vector<uint64_t> all(const audit::Query& query, std::string_view tenant = "",
                            bool descending = false, size_t limit = 100) {
    std::vector<uint64_t> found;
    SearchOrder order{.query = query,
                      .tenant = std::string(tenant),
                      .from = descending ? log_.end() : 0,
                      .end = log_.end(),
                      .descending = descending,
                      .limit = limit};
    for (int pages = 0; pages < 10'000; ++pages) {
      const auto hits = look(order);
      EXPECT_TRUE(hits.ok()) << hits.error().message;
      if (!hits) return found;
      EXPECT_LE(hits->records.size(), limit);
      for (const Hit& hit : hits->records) found.push_back(hit.seq);
      if (!hits->more) return found;
      order.from = hits->next;
    }
    ADD_FAILURE() << "the pages have no end";
    return found;
  }

  StoredLog log_;
  StreamIndex index_{
      log_.files,
      {.stream_folder = "/data/audit/gateway", .index_file = kIndex, .origin = "inst-1/gateway"}};
};

TEST_P(RecordSearches, FindEachRecordOnceInBothOrders) {
  log_.add_many(5000);
  catch_up();

  std::vector<uint64_t> wanted(log_.end());
  for (uint64_t seq = 0; seq < wanted.size(); ++seq) wanted[seq] = seq;

  EXPECT_EQ(all({}, "", false, 1000), wanted);
  EXPECT_EQ(all({}, "", false, 77), wanted);
  std::ranges::reverse(wanted);
  EXPECT_EQ(all({}, "", true, 1000), wanted);
  EXPECT_EQ(all({}, "", true, 613), wanted);
}

TEST_P(RecordSearches, FindByEachFilter) {
  log_.add_many(2500);
  log_.clock.advance(base::Seconds(3600));
  log_.add("u-late", "acme", "r-late", audit::Act::AuthzDeny, audit::Outcome::Deny);
  (void)log_.ledger->flush(base::Seconds(5));
  const uint64_t late = log_.end() - 1;
  catch_up();

  EXPECT_EQ(all({.request = "r-1234"}), (std::vector<uint64_t>{1235}));
  EXPECT_EQ(all({.request = "r-none"}), std::vector<uint64_t>{});
  EXPECT_EQ(all({.actor = "u-3"}).size(), 357U);
  EXPECT_EQ(all({.tenant = "acme"}).size(), 1251U);
  EXPECT_EQ(all({.act = "authz."}), (std::vector<uint64_t>{late}));
  EXPECT_EQ(all({.act = "authz.deny"}), (std::vector<uint64_t>{late}));
  EXPECT_EQ(all({.act = "inference."}).size(), 2500U);
  EXPECT_EQ(all({.outcome = "deny"}), (std::vector<uint64_t>{late}));
  EXPECT_EQ(all({.since = parse_moment("2026-01-02T04")}), (std::vector<uint64_t>{late}));
  EXPECT_EQ(all({.until = parse_moment("2026-01-02T04")}).size(), late);
  EXPECT_EQ(all({.actor = "u-late", .outcome = "deny"}, "", true), (std::vector<uint64_t>{late}));
}

TEST_P(RecordSearches, ShowATenantNothingElse) {
  log_.add_many(2100);
  catch_up();

  EXPECT_EQ(all({}, "globex").size(), 1050U);
  EXPECT_EQ(all({.tenant = "acme"}, "globex"), std::vector<uint64_t>{});
  EXPECT_EQ(all({.request = "r-0"}, "globex"), std::vector<uint64_t>{});
}

TEST_P(RecordSearches, RefuseARecordThatIsNotWhatWasWritten) {
  log_.add_many(3000);
  catch_up();
  ASSERT_TRUE(log_.change("\"rid\":\"r-700\"", "\"rid\":\"r-7oo\""));

  const auto page = look({.from = 600, .end = log_.end(), .limit = 1000});
  ASSERT_FALSE(page.ok());
  EXPECT_EQ(page.error().code, base::Code::Corrupt);
  EXPECT_NE(page.error().message.find("701"), std::string::npos) << page.error().message;
  EXPECT_TRUE(look({.from = 702, .end = log_.end(), .limit = 1000}).ok());
  EXPECT_TRUE(look({.from = 700, .end = log_.end(), .descending = true, .limit = 1000}).ok());
}

TEST_P(RecordSearches, RefuseARecordWhoseHashWasMadeUp) {
  log_.add_many(10);
  catch_up();
  ASSERT_TRUE(log_.change("\"ten\":\"globex\"", "\"ten\":\"glob3x\""));

  EXPECT_FALSE(look({.end = log_.end()}).ok());
}

TEST_P(RecordSearches, GoOverSegmentsAndAfterThoseThatWereWrittenMeanwhile) {
  log_.ledger.reset();
  log_.open(50'000);
  log_.add_many(2000);
  catch_up();
  log_.add_many(500);

  EXPECT_EQ(all({}).size(), log_.end());
  EXPECT_EQ(all({}, "", true).size(), log_.end());
  EXPECT_EQ(all({.request = "r-499"}).size(), 2U);
}

TEST_P(RecordSearches, SayThatASegmentIsGone) {
  log_.ledger.reset();
  log_.open(50'000);
  log_.add_many(2000);
  catch_up();
  const auto contents = log_.files.contents();
  auto segment = contents.lower_bound("/data/audit/gateway/seg/00000000000000000001");
  ASSERT_NE(segment, contents.end());
  ASSERT_TRUE(log_.files.remove(segment->first).ok());

  const auto page = look({.end = log_.end(), .limit = 1000});
  ASSERT_FALSE(page.ok());
  EXPECT_EQ(page.error().code, base::Code::Corrupt);
}

INSTANTIATE_TEST_SUITE_P(With, RecordSearches, ::testing::Values(true, false),
                         [](const auto& info) { return info.param ? "AnIndex" : "NoIndex"; });

}  // namespace
}  // namespace srasta::evidence
