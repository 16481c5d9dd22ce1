#include "telemetry/core_tracer.h"

#include "testing/manual_clock.h"
#include "testing/seeded_entropy.h"

#include <set>

#include <gtest/gtest.h>

namespace srasta::telemetry {
namespace {

const std::string kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string kParent = "00f067aa0ba902b7";

std::string parent(const std::string& flags) {
  return "00-" + kTrace + "-" + kParent + "-" + flags;
}

class Tracing : public ::testing::Test {
 protected:
  CoreTracer tracer(uint32_t sample) {
    return CoreTracer(
        {.loop = loop_,
         .entropy = entropy_,
         .sample = sample,
         .pass_on = [this](std::vector<service::Span> spans) { runs_.push_back(spans.size()); }});
  }

  srasta::testing::ManualClock clock_;
  srasta::testing::SeededEntropy entropy_{7};
  net::Loop loop_{clock_};
  std::vector<size_t> runs_;
};

TEST_F(Tracing, ObeysTheFlagOfTheCaller) {
  CoreTracer none = tracer(0);
  const auto sampled = none.place(parent("01"));
  ASSERT_TRUE(sampled);
  EXPECT_EQ(sampled->trace_id, kTrace);
  EXPECT_EQ(sampled->parent_id, kParent);
  EXPECT_EQ(sampled->flags, "01");
  EXPECT_EQ(sampled->span_id.size(), 16U);
  EXPECT_TRUE(none.place(parent("03")));
  EXPECT_TRUE(none.place(parent("0b")));
  CoreTracer all = tracer(1'000'000);
  EXPECT_FALSE(all.place(parent("00")));
  EXPECT_FALSE(all.place(parent("0a")));
}

TEST_F(Tracing, DrawsTheShareOfTracesThatBeginHere) {
  CoreTracer none = tracer(0);
  CoreTracer some = tracer(250'000);
  CoreTracer all = tracer(1'000'000);
  constexpr int kDraws = 4000;
  int drawn = 0;
  for (int i = 0; i < kDraws; ++i) {
    EXPECT_FALSE(none.place(std::nullopt));
    EXPECT_TRUE(all.place(std::nullopt));
    if (some.place(std::nullopt)) ++drawn;
  }
  EXPECT_NEAR(drawn, kDraws / 4, kDraws / 20);
}

TEST_F(Tracing, MakesIdsThatAreThereAndDiffer) {
  CoreTracer all = tracer(1'000'000);
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const auto place = all.place(std::nullopt);
    ASSERT_TRUE(place);
    EXPECT_EQ(place->trace_id.size(), 32U);
    EXPECT_TRUE(place->parent_id.empty());
    seen.insert(place->trace_id);
    seen.insert(place->span_id);
    seen.insert(all.new_span_id());
  }
  EXPECT_EQ(seen.size(), 3000U);
}

TEST_F(Tracing, PassesSpansOnInRuns) {
  CoreTracer all = tracer(1'000'000);
  for (size_t i = 0; i < CoreTracer::kRun + 3; ++i) all.finished({});
  EXPECT_EQ(runs_, std::vector<size_t>{CoreTracer::kRun});
  EXPECT_EQ(all.take_rest().size(), 3U);
  EXPECT_TRUE(all.take_rest().empty());
}

TEST_F(Tracing, PassesAFewSpansOnAfterAWhile) {
  CoreTracer all = tracer(1'000'000);
  all.finished({});
  all.finished({});
  loop_.post([this] { clock_.advance(CoreTracer::kLongest * 2); });
  net::Scope scope(loop_);
  net::spawn([](net::Loop& loop, std::vector<size_t>& runs) -> net::Task<void> {
    while (runs.empty()) co_await net::Yield(loop);
    loop.stop();
  }(loop_, runs_));
  loop_.run();
  EXPECT_EQ(runs_, std::vector<size_t>{2});
}

}  // namespace
}  // namespace srasta::telemetry
