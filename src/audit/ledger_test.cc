#include "audit/ledger.h"

#include "audit/installation_test.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace srasta::audit {
namespace {

using base::Code;

Event listing(Durability durability = Durability::Should) {
  Event event = inference_event(Label(std::string_view("r-1")));
  event.durability = durability;
  return event;
}

size_t count_of(const std::string& text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

std::vector<std::string> lines_of(const std::string& log) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < log.size();) {
    const size_t end = log.find('\n', at);
    lines.push_back(log.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

TEST(Ledger, BeginsWithGenesisAndEndsWithClose) {
  Installation box;
  {
    auto ledger = box.open();
    ASSERT_TRUE(ledger.ok()) << ledger.error().message;
    ASSERT_TRUE((*ledger)->append(listing()).ok());
    ASSERT_TRUE((*ledger)->close().ok());
  }

  const std::string log = box.log();
  EXPECT_EQ(count_of(log, "\n"), 3U);
  EXPECT_TRUE(log.starts_with(R"({"act":"log.genesis",)"));
  EXPECT_NE(log.find(R"("data":{"origin":"inst-1/gateway"})"), std::string::npos);
  EXPECT_NE(log.find(R"({"act":"log.close",)"), std::string::npos);
  EXPECT_EQ(box.verdict(), "OK");
}

TEST(Ledger, WritesNothingWhileItIsHeld) {
  Installation box;
  auto ledger = *box.open();
  ASSERT_EQ(Installation::append_durably(*ledger, 1), 1U);
  ledger->hold(base::Millis(60'000));
  ASSERT_TRUE(eventually([&] { return ledger->quiet(); }));
  const auto before = box.files.contents();
  const Ledger::Head head = ledger->head();

  ASSERT_TRUE(ledger->append(listing()).ok());
  EXPECT_FALSE(ledger->flush(base::Millis(100)).ok());
  EXPECT_EQ(box.files.contents(), before);
  EXPECT_EQ(ledger->head().next_seq, head.next_seq);

  EXPECT_TRUE(ledger->release());
  EXPECT_TRUE(ledger->flush(base::Millis(10'000)).ok());
  EXPECT_EQ(ledger->head().next_seq, head.next_seq + 1);
  EXPECT_EQ(box.verdict(), "OK");
}

TEST(Ledger, GoesOnByItselfWhenNobodyLetsItGo) {
  Installation box;
  auto ledger = *box.open();
  ledger->hold(base::Millis(20));
  ASSERT_TRUE(ledger->append(listing()).ok());
  EXPECT_TRUE(ledger->flush(base::Millis(10'000)).ok());
  EXPECT_TRUE(eventually([&] { return !ledger->quiet(); }));
  EXPECT_FALSE(ledger->release()) << "it was not held all the time";
}

TEST(Ledger, BeginsAnotherEpochAtItsStartWhereThatIsAskedFor) {
  Installation box;
  ASSERT_TRUE((*box.open())->close().ok());
  EXPECT_TRUE(box.files.contents().contains("/data/audit/gateway/epoch-000000.key"));
  box.settings.new_epoch = true;
  ASSERT_TRUE((*box.open())->close().ok());
  EXPECT_FALSE(box.files.contents().contains("/data/audit/gateway/epoch-000000.key"));
  EXPECT_TRUE(box.files.contents().contains("/data/audit/gateway/epoch-000001.key"));
  EXPECT_EQ(count_of(box.log(), R"("act":"log.epoch")"), 1U);
  EXPECT_EQ(box.verdict(), "OK");
}

TEST(Ledger, GivesAReceiptForWhatIsOnDisk) {
  Installation box;
  auto ledger = *box.open();
  Reply reply;

  ledger->append_durable(listing(Durability::Must), reply.completion());
  const auto receipt = reply.get();

  ASSERT_TRUE(receipt.ok());
  EXPECT_EQ(receipt->seq, 1U);
  EXPECT_EQ(ledger->head().next_seq, 2U);
  EXPECT_EQ(ledger->head().leaf, receipt->leaf);
  const std::string text = to_string(*receipt);
  EXPECT_TRUE(text.starts_with("gateway:1:"));
  EXPECT_EQ(text.size(), 10U + 32U);
  EXPECT_NE(box.log().find(R"("h":")" + text.substr(10)), std::string::npos);
}

TEST(Ledger, PutsAHeadThatItWasShownIntoTheNextRecordThatHasNone) {
  Installation box;
  auto ledger = *box.open();
  const auto show = [&](std::string_view stream, uint64_t records) {
    ledger->note_seen({.stream = Label(stream), .records = records, .leaf = {}});
  };
  const auto write = [&](std::string_view request, std::string_view seen) {
    Event event = inference_event(Label(request));
    event.seen = {.stream = Label(seen), .records = 9, .leaf = {}};
    ASSERT_TRUE(ledger->append(event).ok());
  };
  show("install", 3);
  show("memory", 1);
  show("install", 4);
  write("a", "tools");
  write("b", "");
  write("c", "");
  show("memory", 1);
  write("d", "");
  ASSERT_TRUE(ledger->flush(base::Millis(5'000)).ok());
  std::vector<std::string> heads;
  for (const std::string& line : lines_of(box.log())) {
    const size_t at = line.find(R"(","n":)");
    heads.push_back(at == std::string::npos ? ""
                                            : line.substr(at + 6, line.find('}', at) - at - 6));
  }
  EXPECT_EQ(heads, (std::vector<std::string>{"", R"(9,"s":"tools")", R"(4,"p":1,"s":"install")",
                                             R"(1,"p":1,"s":"memory")", ""}));
}

TEST(Ledger, GoesOnWhereAnEarlierRunEnded) {
  Installation box;
  {
    Installation::append_durably(**box.open(), 3);
  }
  {
    Installation::append_durably(**box.open(), 3);
  }

  EXPECT_EQ(box.verdict(), "OK");
  EXPECT_EQ(count_of(box.log(), R"("act":"log.open")"), 1U);
  EXPECT_EQ(count_of(box.log(), R"("fence":2)"), 5U);
}

TEST(Ledger, DrawsAnInstallIdWhenThereIsNone) {
  Installation box;
  box.settings.install_id.clear();
  auto ledger = *box.open();

  EXPECT_EQ(ledger->origin().size(), 32U + std::string_view("/gateway").size());
  EXPECT_EQ(box.files.contents()["/data/audit/origin"], ledger->origin().substr(0, 32) + "\n");
}

TEST(Ledger, RefusesSettingsThatCouldBreakARecord) {
  for (const std::string& bad : {std::string("a\"b"), std::string(), std::string("x y")}) {
    Installation box;
    box.settings.release = bad;
    EXPECT_EQ(box.open().error().code, Code::Invalid);
  }
  Installation box;
  box.settings.stream = "../gateway";
  EXPECT_EQ(box.open().error().code, Code::Invalid);
}

TEST(Ledger, HasOneWriterAtATime) {
  Installation box;
  auto first = box.open();

  EXPECT_EQ(box.open().error().code, Code::Conflict);

  first->reset();
  EXPECT_TRUE(box.open().ok());
}

TEST(Ledger, StartsANewSegmentBySizeAndByAge) {
  Installation box;
  box.settings.segment_bytes = 1500;
  auto ledger = *box.open();
  Installation::append_durably(*ledger, 4);
  const size_t by_size = count_of(box.log(), "\n");
  box.clock.advance(base::Seconds(24 * 60 * 60));
  Installation::append_durably(*ledger, 1);

  size_t segments = 0;
  for (const auto& [path, content] : box.files.contents()) {
    if (!path.ends_with(".jsonl")) continue;
    ++segments;
    EXPECT_LE(content.size(), 1500U);
  }
  EXPECT_EQ(by_size, 5U);
  EXPECT_EQ(segments, 3U);
  EXPECT_EQ(box.verdict(), "OK");
}

size_t segments_in(const Installation& box) {
  return static_cast<size_t>(std::ranges::count_if(
      box.files.contents(), [](const auto& file) { return file.first.ends_with(".jsonl"); }));
}

TEST(Ledger, ClosesItsSegmentsByAgeHoweverOftenItIsStarted) {
  Installation box;
  // Each life is shorter than a segment may be old.
  for (size_t life = 0; life < 6; ++life) {
    auto ledger = *box.open();
    Installation::append_durably(*ledger, 1);
    box.clock.advance(base::Seconds(10 * 60 * 60));
  }

  // They begin with the record that a day or more later is the next one: hours 0, 30, 60.
  EXPECT_EQ(segments_in(box), 3U);
  EXPECT_EQ(box.verdict(), "OK");
}

TEST(Ledger, ClosesItsSegmentsByAgeWhereTheClockWasSetBack) {
  Installation box;
  auto ledger = *box.open();
  box.clock.set_wall(base::Seconds(-7 * 24 * 60 * 60));
  Installation::append_durably(*ledger, 1);
  EXPECT_EQ(segments_in(box), 1U);
  box.clock.advance(base::Seconds(24 * 60 * 60));
  Installation::append_durably(*ledger, 1);

  EXPECT_EQ(segments_in(box), 2U);
}

TEST(Ledger, DropsWhatMayBeLostBeforeTheDiskIsFull) {
  Installation box;
  auto ledger = *box.open();
  EXPECT_FALSE(ledger->space_is_scarce());
  box.files.limit_space(box.files.stored() + box.settings.scarce_bytes - 1);
  box.clock.advance(box.settings.watch);
  Installation::append_durably(*ledger, 1);
  ASSERT_TRUE(eventually([&] { return ledger->space_is_scarce(); }));

  EXPECT_TRUE(ledger->append(listing(Durability::May)).ok());
  EXPECT_EQ(ledger->stats().dropped, 1U);
  Installation::append_durably(*ledger, 1);

  box.files.limit_space(std::nullopt);
  box.clock.advance(box.settings.watch);
  Installation::append_durably(*ledger, 1);
  ASSERT_TRUE(eventually([&] { return !ledger->space_is_scarce(); }));
  EXPECT_TRUE(ledger->append(listing(Durability::May)).ok());
  EXPECT_EQ(ledger->stats().dropped, 1U);
}

TEST(Ledger, TakesRecordsWhileTheDiskIsSlowUpToItsBacklog) {
  Installation box;
  box.settings.backlog_records = 8;
  auto ledger = *box.open();
  auto slow = box.files.hold_syncs();

  for (int i = 0; i < 8; ++i) EXPECT_TRUE(ledger->append(listing()).ok());
  EXPECT_FALSE(ledger->accepting());
  EXPECT_EQ(ledger->append(listing()).error().code, Code::Unavailable);
  EXPECT_TRUE(ledger->append(listing(Durability::May)).ok());
  EXPECT_EQ(ledger->stats().refused, 1U);
  EXPECT_EQ(ledger->stats().dropped, 1U);

  slow.reset();
  EXPECT_TRUE(ledger->flush(base::Millis(10'000)).ok());
  EXPECT_TRUE(ledger->accepting());
  // One gap of two, or two gaps of one when a commit began between the losses.
  EXPECT_TRUE(eventually([&] {
    const std::string log = box.log();
    return 2 * count_of(log, R"("data":{"count":2,)") + count_of(log, R"("data":{"count":1,)") == 2;
  }));
  EXPECT_EQ(box.verdict(), "OK");
}

TEST(Ledger, RefusesOnceTheOldestRecordHasWaitedTwoSeconds) {
  Installation box;
  auto ledger = *box.open();
  auto slow = box.files.hold_syncs();
  ASSERT_TRUE(ledger->append(listing()).ok());
  box.clock.advance(base::Millis(2000));
  EXPECT_TRUE(ledger->append(listing()).ok());

  box.clock.advance(base::Millis(1));

  EXPECT_FALSE(ledger->accepting());
  EXPECT_EQ(ledger->append(listing()).error().code, Code::Unavailable);
  slow.reset();
  EXPECT_TRUE(eventually([&] { return ledger->accepting(); }));
}

TEST(Ledger, RefusesAMustRecordInTimeWhileTheDiskHangs) {
  Installation box;
  box.settings.must_wait = base::Millis(20);
  auto ledger = *box.open();
  auto hanging = box.files.hold_syncs();
  Reply reply;

  ledger->append_durable(listing(Durability::Must), reply.completion());

  EXPECT_EQ(reply.get().error().code, Code::Unavailable);
  hanging.reset();
  EXPECT_EQ(Installation::append_durably(*ledger, 1), 1U);
  EXPECT_EQ(box.verdict(), "OK");
}

TEST(Ledger, WithdrawsARefusedRecordThatWasStillQueued) {
  Installation box;
  box.settings.must_wait = base::Millis(20);
  auto ledger = *box.open();
  auto hanging = box.files.hold_syncs();
  ASSERT_TRUE(ledger->append(listing()).ok());
  ASSERT_TRUE(eventually([&] { return box.log().find("r-1") != std::string::npos; }));
  Reply reply;
  ledger->append_durable(inference_event(Label(std::string_view("r-late"))), reply.completion());
  ASSERT_EQ(reply.get().error().code, Code::Unavailable);

  hanging.reset();
  ASSERT_TRUE(ledger->flush(base::Millis(10'000)).ok());

  EXPECT_EQ(box.log().find("r-late"), std::string::npos);
}

TEST(Ledger, GoesOnInANewSegmentAfterOneFailedSync) {
  Installation box;
  auto ledger = *box.open();
  ASSERT_EQ(Installation::append_durably(*ledger, 2), 2U);

  box.files.fail_at(box.files.operations() + 1, testing::FaultyFiles::Fault::Io);

  EXPECT_EQ(Installation::append_durably(*ledger, 2), 2U);
  EXPECT_TRUE(ledger->healthy());
  EXPECT_TRUE(box.files.contents().contains(Installation::segment_path("3")));
  EXPECT_EQ(box.verdict(), "OK");
}

TEST(Ledger, SaysItsLastWordsOnAFullDiskAndHealsByItself) {
  Installation box;
  auto ledger = *box.open();
  box.files.limit_space(box.files.stored());
  ASSERT_TRUE(ledger->append(listing()).ok());
  ASSERT_TRUE(ledger->flush(base::Millis(10'000)).ok() || !ledger->healthy());
  ASSERT_TRUE(eventually([&] { return ledger->head().next_seq == 2 && !ledger->healthy(); }));

  Reply refused;
  ledger->append_durable(listing(Durability::Must), refused.completion());
  EXPECT_EQ(refused.get().error().code, Code::Unavailable);
  EXPECT_TRUE(ledger->append(listing()).ok());

  box.files.limit_space(std::nullopt);
  EXPECT_TRUE(eventually([&] { return ledger->healthy(); }));
  EXPECT_EQ(Installation::append_durably(*ledger, 1), 1U);
  EXPECT_EQ(count_of(box.log(), R"("act":"log.gap")"), 1U);
  EXPECT_EQ(box.verdict(), "OK");
}

TEST(Ledger, ClosesOnAFullDisk) {
  Installation box;
  auto ledger = *box.open();
  box.files.limit_space(box.files.stored());

  EXPECT_TRUE(ledger->close().ok());
  EXPECT_NE(box.log().find("log.close"), std::string::npos);
}

TEST(Ledger, RefusesEverythingAfterClose) {
  Installation box;
  auto ledger = *box.open();
  ASSERT_TRUE(ledger->close().ok());
  Reply reply;
  ledger->append_durable(listing(Durability::Must), reply.completion());

  EXPECT_EQ(ledger->append(listing()).error().code, Code::Unavailable);
  EXPECT_FALSE(reply.get().ok());
  EXPECT_FALSE(ledger->accepting());
  EXPECT_FALSE(ledger->healthy());
}

struct Tampering {
  const char* name;
  void (*act)(testing::FaultyFiles& files);
};

std::string only_segment() {
  return Installation::segment_path("0");
}

class TamperedLedger : public ::testing::TestWithParam<Tampering> {};

TEST_P(TamperedLedger, IsPoisonedWhileItRuns) {
  Installation box;
  auto ledger = *box.open();
  ASSERT_EQ(Installation::append_durably(*ledger, 3), 3U);

  GetParam().act(box.files);

  EXPECT_EQ(Installation::append_durably(*ledger, 1), 0U);
  EXPECT_FALSE(ledger->healthy());
  EXPECT_NE(ledger->last_fault().find("/data/audit/gateway/"), std::string::npos);
  EXPECT_TRUE(eventually([&] { return !ledger->append(listing()).ok(); }));
  EXPECT_EQ(ledger->close().error().code, Code::Corrupt);
}

TEST_P(TamperedLedger, IsNoticedWithoutTraffic) {
  Installation box;
  auto ledger = *box.open();

  GetParam().act(box.files);

  EXPECT_TRUE(eventually([&] { return !ledger->healthy() && !ledger->accepting(); }));
}

INSTANTIATE_TEST_SUITE_P(
    ByFile, TamperedLedger,
    ::testing::Values(Tampering{"Removed",
                                [](testing::FaultyFiles& files) {
                                  ASSERT_TRUE(files.remove(only_segment()).ok());
                                }},
                      Tampering{"Moved",
                                [](testing::FaultyFiles& files) {
                                  ASSERT_TRUE(
                                      files.rename(only_segment(), only_segment() + ".1").ok());
                                }},
                      Tampering{"Replaced",
                                [](testing::FaultyFiles& files) {
                                  files.put(only_segment(), files.contents()[only_segment()]);
                                }},
                      Tampering{"Shortened",
                                [](testing::FaultyFiles& files) {
                                  auto file = files.open(only_segment(), base::OpenMode::ReadWrite);
                                  ASSERT_TRUE((*file)->truncate(10).ok());
                                }},
                      Tampering{"Lengthened",
                                [](testing::FaultyFiles& files) {
                                  auto file = files.open(only_segment(), base::OpenMode::ReadWrite);
                                  ASSERT_TRUE((*file)->append("x").ok());
                                }},
                      Tampering{"Unlocked",
                                [](testing::FaultyFiles& files) {
                                  ASSERT_TRUE(files.remove("/data/audit/gateway/LOCK").ok());
                                }}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace srasta::audit
