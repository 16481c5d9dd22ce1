#include "evidence/stream_index.h"

#include "evidence/record_search.h"
#include "evidence/stored_log_test.h"

#include <gtest/gtest.h>

namespace srasta::evidence {
namespace {

constexpr const char* kIndex = "/data/evidence/gateway.index";

class StreamIndexing : public ::testing::Test {
 protected:
  StreamIndexing() {
    (void)log_.files.make_folder("/data/evidence");
    log_.add_many(3000);
  }

  StreamIndex fresh(std::string_view origin = "inst-1/gateway") {
    return {log_.files,
            {.stream_folder = "/data/audit/gateway",
             .index_file = kIndex,
             .origin = std::string(origin)}};
  }
  std::string stored() { return log_.files.contents().at(kIndex); }
  void damage(size_t at) {
    std::string bytes = stored();
    bytes[at] = static_cast<char>(bytes[at] ^ 0x20);
    log_.files.put(kIndex, bytes);
  }
  size_t found(StreamIndex& index, std::string_view tenant) {
    RecordSearch search(log_.files, index, log_.clock, base::Seconds(1));
    SearchOrder order{.tenant = std::string(tenant), .end = log_.end(), .limit = 100'000};
    size_t records = 0;
    for (bool more = true; more;) {
      const auto hits = search.run(order);
      if (!hits) return 0;
      records += hits->records.size();
      order.from = hits->next;
      more = hits->more;
    }
    return records;
  }

  StoredLog log_;
};

TEST_F(StreamIndexing, FollowsTheLogInWholeBlocks) {
  StreamIndex index = fresh();

  ASSERT_TRUE(index.catch_up(log_.end()).ok());
  EXPECT_EQ(index.covered().end(), 2048U);
  log_.add_many(1500);
  ASSERT_TRUE(index.catch_up(log_.end()).ok());
  EXPECT_EQ(index.covered().end(), 4096U);
  EXPECT_EQ(stored().size(), 56 + 4 * kBlockBytes);
}

TEST_F(StreamIndexing, LeavesOutWhatIsNotDurable) {
  StreamIndex index = fresh();

  ASSERT_TRUE(index.catch_up(1500).ok());

  EXPECT_EQ(index.covered().end(), 1024U);
}

TEST_F(StreamIndexing, GoesOnWhereAnEarlierStartEnded) {
  ASSERT_TRUE(fresh().catch_up(log_.end()).ok());
  const std::string before = stored();
  log_.add_many(1500);

  StreamIndex index = fresh();
  ASSERT_TRUE(index.catch_up(log_.end()).ok());

  EXPECT_EQ(index.covered().end(), 4096U);
  EXPECT_EQ(stored().substr(0, before.size()), before);
}

TEST_F(StreamIndexing, BeginsAnewWhenAllThatItCoversWasPruned) {
  StreamIndex index = fresh();
  ASSERT_TRUE(index.catch_up(log_.end()).ok());
  log_.add_many(3000);
  audit::StoredRecords records(log_.files, "/data/audit/gateway");
  const auto segments = *records.segments();
  const uint64_t kept = segments.back();
  ASSERT_GT(kept, index.covered().end());
  for (const auto& [path, content] : log_.files.contents()) {
    if (path.contains("/gateway/seg/") && !path.contains(std::to_string(kept))) {
      ASSERT_TRUE(log_.files.remove(path).ok());
    }
  }
  log_.add_many(1100);

  StreamIndex after_a_start = fresh();
  for (StreamIndex* one : {&after_a_start, &index}) {
    const auto caught = one->catch_up(log_.end());
    ASSERT_TRUE(caught.ok()) << caught.error().message;
    EXPECT_EQ(one->covered().base, kept);
    EXPECT_GE(one->covered().blocks, 1U);
    EXPECT_EQ(found(*one, ""), log_.end() - kept);
  }
}

TEST_F(StreamIndexing, BeginsAnewWhenItIsOfAnotherLogOrDamagedOrLonger) {
  ASSERT_TRUE(fresh().catch_up(log_.end()).ok());
  const std::string good = stored();
  const auto is_made_again = [&] {
    StreamIndex index = fresh();
    return index.catch_up(log_.end()).ok() && index.covered().end() == 2048 && stored() == good;
  };

  log_.files.put(kIndex, "");
  EXPECT_TRUE(is_made_again());
  log_.files.put(kIndex, "something else altogether, and longer than the head of an index file is");
  EXPECT_TRUE(is_made_again());
  log_.files.put(kIndex, good.substr(0, good.size() - 1));
  EXPECT_TRUE(is_made_again());
  damage(good.size() - 1);
  EXPECT_TRUE(is_made_again());
  damage(3);
  EXPECT_TRUE(is_made_again());
  ASSERT_TRUE(log_.files.remove(kIndex).ok());
  EXPECT_TRUE(is_made_again());
  ASSERT_TRUE(log_.files.remove(kIndex).ok());
  StreamIndex other = fresh("inst-2/gateway");
  ASSERT_TRUE(other.catch_up(log_.end()).ok());
  EXPECT_NE(stored(), good);
  EXPECT_TRUE(is_made_again());
}

TEST_F(StreamIndexing, BeginsAnewWhenTheLogIsAnotherOneOfTheSameName) {
  ASSERT_TRUE(fresh().catch_up(log_.end()).ok());
  const std::string before = stored();
  log_.ledger.reset();
  for (const auto& [path, content] : log_.files.contents()) {
    if (path.starts_with("/data/audit/gateway/")) (void)log_.files.remove(path);
  }
  log_.clock.advance(base::Seconds(1));
  log_.open(uint64_t{1} << 20);
  log_.add_many(3000);

  StreamIndex index = fresh();
  ASSERT_TRUE(index.catch_up(log_.end()).ok());

  EXPECT_EQ(index.covered().end(), 2048U);
  EXPECT_NE(stored(), before);
  EXPECT_EQ(found(index, "acme"), 1500U);
}

TEST_F(StreamIndexing, AnswersRightlyWhateverByteIsDamagedWhileItIsInUse) {
  StreamIndex index = fresh();
  ASSERT_TRUE(index.catch_up(log_.end()).ok());
  const std::string good = stored();

  for (size_t at = 0; at < good.size(); at += 997) {
    damage(at);
    EXPECT_EQ(found(index, "acme"), 1500U) << at;
    ASSERT_TRUE(index.catch_up(log_.end()).ok());
    log_.files.put(kIndex, good);
    ASSERT_TRUE(index.catch_up(log_.end()).ok());
  }
}

TEST_F(StreamIndexing, IsMadeAgainWhenItIsRemovedWhileItIsInUse) {
  StreamIndex index = fresh();
  ASSERT_TRUE(index.catch_up(log_.end()).ok());
  ASSERT_TRUE(log_.files.remove(kIndex).ok());

  EXPECT_EQ(found(index, "globex"), 1500U);
  ASSERT_TRUE(index.catch_up(log_.end()).ok());

  EXPECT_EQ(index.covered().end(), 2048U);
  EXPECT_EQ(found(index, "globex"), 1500U);
}

TEST_F(StreamIndexing, DoesWithoutWhenTheDiskIsFullAndGoesOnWhenItIsNot) {
  StreamIndex index = fresh();
  log_.files.limit_space(log_.files.stored() + 60'000);

  EXPECT_FALSE(index.catch_up(log_.end()).ok());
  EXPECT_EQ(index.covered().end(), 1024U);
  EXPECT_EQ(found(index, "acme"), 1500U);
  EXPECT_FALSE(index.catch_up(log_.end()).ok());

  log_.files.limit_space(std::nullopt);
  ASSERT_TRUE(index.catch_up(log_.end()).ok());
  EXPECT_EQ(index.covered().end(), 2048U);
  EXPECT_EQ(found(index, "acme"), 1500U);
}

TEST_F(StreamIndexing, MarksLinesThatAreNoRecords) {
  ASSERT_TRUE(log_.change("\"rid\":\"r-100\"},\"data\":{},", "\"rid\":\"r-100\"},\"data\":{}~"));
  StreamIndex index = fresh();
  ASSERT_TRUE(index.catch_up(log_.end()).ok());

  EXPECT_EQ(found(index, "acme"), 0U) << "the page with the damaged line is refused";
}

}  // namespace
}  // namespace srasta::evidence
