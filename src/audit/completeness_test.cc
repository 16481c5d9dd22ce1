#include "audit/completeness.h"

#include "audit/installation_test.h"

#include <gtest/gtest.h>

namespace srasta::audit {
namespace {

Event end_event(Act act, std::string_view request) {
  Event event = inference_event(Label(request));
  event.act = act;
  event.outcome = Outcome::Ok;
  return event;
}

Completeness::Summary summary_of(const Installation& box) {
  Completeness completeness;
  const std::string log = box.log();
  for (size_t at = 0; at < log.size();) {
    const size_t end = log.find('\n', at);
    completeness.add(std::string_view(log).substr(at, end - at));
    at = end + 1;
  }
  return completeness.finish();
}

size_t count_of(std::string_view text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

void begin(Ledger& ledger, std::string_view request) {
  ASSERT_TRUE(ledger.append(inference_event(Label(request))).ok());
}
void end(Ledger& ledger, Act act, std::string_view request) {
  ASSERT_TRUE(ledger.append(end_event(act, request)).ok());
}

TEST(Completeness, CountsWhatEndedAndWhatIsUnderWay) {
  Installation box;
  auto ledger = *box.open();
  begin(*ledger, "a");
  begin(*ledger, "b");
  begin(*ledger, "c");
  end(*ledger, Act::InferenceComplete, "b");
  end(*ledger, Act::InferenceAbort, "a");
  ASSERT_TRUE(ledger->flush(base::Millis(5'000)).ok());
  const auto summary = summary_of(box);
  EXPECT_EQ(summary.ended, 2U);
  EXPECT_EQ(summary.in_flight, 1U);
  EXPECT_EQ(summary.unknown, 0U);
  EXPECT_TRUE(summary.missing.empty());
}

TEST(Completeness, NamesWhatAWriterThatEndedInOrderLeftOut) {
  Installation box;
  {
    auto ledger = *box.open();
    begin(*ledger, "a");
    begin(*ledger, "b");
    end(*ledger, Act::InferenceError, "a");
  }
  const auto summary = summary_of(box);
  ASSERT_EQ(summary.missing.size(), 1U);
  EXPECT_EQ(summary.missing[0].request, "b");
  EXPECT_EQ(summary.missing[0].act, "inference.request");
  EXPECT_EQ(summary.missing[0].seq, 2U);
  EXPECT_EQ(summary.in_flight, 0U);
}

TEST(Completeness, BlamesACrashForWhatItCutOff) {
  Installation box;
  {
    auto ledger = *box.open();
    begin(*ledger, "a");
    ASSERT_TRUE(ledger->flush(base::Millis(5'000)).ok());
    box.files.fail_at(box.files.operations(), testing::FaultyFiles::Fault::PowerCut);
  }
  box.files.power_on(0);
  auto again = box.open();
  ASSERT_TRUE(again.ok()) << again.error().message;
  const auto summary = summary_of(box);
  EXPECT_EQ(summary.unknown, 1U);
  EXPECT_TRUE(summary.missing.empty());
  EXPECT_TRUE(summary.unfinished.empty()) << "the start told of its end";
}

TEST(Completeness, IsRestoredByTheStartAfterACrash) {
  Installation box;
  {
    auto ledger = *box.open();
    for (const char* request : {"a", "b", "c"}) begin(*ledger, request);
    end(*ledger, Act::InferenceComplete, "b");
    ASSERT_TRUE(ledger->flush(base::Millis(5'000)).ok());
    box.files.fail_at(box.files.operations(), testing::FaultyFiles::Fault::PowerCut);
  }
  box.files.power_on(0);
  ASSERT_TRUE(box.open().ok());
  EXPECT_EQ(
      count_of(box.log(), R"("corr":{"rid":"a"},"data":{"begun_seq":1,"reason":"interrupted"})"),
      1U);
  EXPECT_EQ(count_of(box.log(), R"("out":"unknown")"), 2U);
  ASSERT_TRUE(box.open().ok());
  EXPECT_EQ(summary_of(box).unknown, 2U) << "told once";
}

}  // namespace
}  // namespace srasta::audit
