#include "gateway/target_search.h"

#include <string>

#include <gtest/gtest.h>

namespace srasta::gateway {
namespace {

using base::ModelName;
using base::UpstreamName;
using inference::TryVerdict;

constexpr base::MonoTime kNow{base::Seconds(100)};

/// Three engines; `coding` goes to a (weight 2) and b, and falls back to `cloud`, which is outside.
class TargetSearchTest : public ::testing::Test {
 protected:
  TargetSearchTest() {
    for (const char* name : {"a", "b", "cloud"}) {
      UpstreamSpec spec;
      spec.name = UpstreamName(name);
      spec.url = {.host = "127.0.0.1", .port = 9};
      spec.engine->set({.places = 2, .queue = 1, .breaker = {.failures = 1}});
      specs_.push_back(spec);
      states_.push_back({.name = spec.name, .reachable = true, .models = {ModelName("m")}});
    }
    states_[2].external = true;
    grant_.narrow({"*", "hosted:*"});
  }

  Engine& engine(size_t index) { return *specs_[index].engine; }
  void eject(size_t index, TryVerdict verdict) { (void)engine(index).report(verdict, false, kNow); }
  void make() {
    catalog_ = std::make_unique<inference::Catalog>(
        states_,
        std::vector<inference::AliasRule>{
            {.name = ModelName("coding"),
             .routes = {{UpstreamName("a"), ModelName("m"), 2},
                        {UpstreamName("b"), ModelName("m"), 1}},
             .fallback = {ModelName("big")}},
            {.name = ModelName("big"), .routes = {{UpstreamName("cloud"), ModelName("m")}}},
            {.name = ModelName("lone"), .routes = {{UpstreamName("a"), ModelName("m")}}}});
    upstreams_ = std::make_unique<Upstreams>(loop_, blocking_, specs_, base::Seconds(1));
  }
  TargetSearch search(std::string_view name = "coding") {
    if (!catalog_) make();
    return TargetSearch({.offer = *catalog_->find(name),
                         .catalog = *catalog_,
                         .upstreams = *upstreams_,
                         .grant = grant_,
                         .turns = turns_});
  }
  /// The engines in the order in which they are picked, each with a place.
  std::string order(TargetSearch found) {
    std::string names;
    while (auto pick = found.next(kNow)) {
      names += specs_[pick->target->upstream].name.str().substr(0, 1);
      if (pick->trial.is_one()) names += "!";
      if (!pick->place) names += "?";
    }
    return names;
  }

  const base::SystemClock clock_;
  net::Loop loop_{clock_};
  net::BlockingPool blocking_{1};
  std::vector<UpstreamSpec> specs_;
  std::vector<inference::UpstreamState> states_;
  access::ModelGrant grant_;
  inference::Turns turns_;
  std::unique_ptr<inference::Catalog> catalog_;
  std::unique_ptr<Upstreams> upstreams_;
};

TEST_F(TargetSearchTest, PicksRoutesByWeightAndThenFallbacks) {
  states_[2].acknowledged = true;
  EXPECT_EQ(order(search()), "abc");
  std::string firsts;
  for (int i = 0; i < 6; ++i) firsts += order(search()).substr(0, 1);
  EXPECT_EQ(std::ranges::count(firsts, 'a'), 4);
}

TEST_F(TargetSearchTest, PicksTheLeastLoadedForItsWeight) {
  make();
  ASSERT_TRUE(engine(0).enter());
  EXPECT_EQ(order(search()).substr(0, 1), "b");
  ASSERT_TRUE(engine(1).enter());
  EXPECT_EQ(order(search()).substr(0, 1), "a");
  engine(0).leave();
  engine(1).leave();
}

TEST_F(TargetSearchTest, WaitsWhereOthersHaveNoPlace) {
  make();
  for (const size_t index : {0U, 0U, 1U, 1U}) ASSERT_TRUE(engine(index).enter());
  EXPECT_EQ(order(search()), "a?b?");
  engine(1).leave();
  EXPECT_EQ(order(search()).substr(0, 1), "b");
  for (const size_t index : {0U, 0U, 1U}) engine(index).leave();
}

TEST_F(TargetSearchTest, LeavesNothingToWhatNobodyAnswersFor) {
  EXPECT_EQ(order(search()), "ab");
  EXPECT_FALSE(search().lacks_acknowledgement());
  EXPECT_TRUE(search("big").lacks_acknowledgement());
  EXPECT_EQ(order(search("big")), "");
}

TEST_F(TargetSearchTest, LeavesNothingToWhatTheCallerMayNotUse) {
  states_[2].acknowledged = true;
  grant_.narrow({"coding", "hosted:other"});
  EXPECT_EQ(order(search()), "ab");
  EXPECT_EQ(search("big").first_permitted(), nullptr);
}

TEST_F(TargetSearchTest, NeedsTheRightToEachFallback) {
  states_[2] = states_[0];
  states_[2].name = UpstreamName("cloud");
  EXPECT_EQ(order(search()), "abc");
  catalog_.reset();
  grant_.narrow({"coding"});
  EXPECT_EQ(order(search()).find('c'), std::string::npos);
}

TEST_F(TargetSearchTest, PrefersWhatProbesReach) {
  states_[0].reachable = false;
  EXPECT_EQ(order(search()), "ba");
  states_[2].acknowledged = true;
  catalog_.reset();
  EXPECT_EQ(order(search()), "bca");
}

TEST_F(TargetSearchTest, PassesEjectedEnginesBy) {
  make();
  eject(0, TryVerdict::NoAnswer);
  EXPECT_EQ(order(search()), "b");
  eject(1, TryVerdict::NoAnswer);
  EXPECT_EQ(order(search()), "");
}

TEST_F(TargetSearchTest, TakesOneThatAnswersBadlyForWantOfABetter) {
  make();
  eject(0, TryVerdict::BadAnswer);
  EXPECT_EQ(order(search()), "ba");
}

TEST_F(TargetSearchTest, NeverEjectsTheOnlyOne) {
  make();
  eject(0, TryVerdict::NoAnswer);
  EXPECT_EQ(order(search("lone")), "a");
}

TEST_F(TargetSearchTest, SendsOneTrialWhenTheEjectionIsOver) {
  for (UpstreamSpec& spec : specs_) {
    spec.engine->set(
        {.places = 200, .queue = 1, .breaker = {.failures = 1, .ejected_for = base::Micros(0)}});
  }
  make();
  eject(0, TryVerdict::NoAnswer);
  TargetSearch first = search();
  const auto trial = first.next(kNow);
  ASSERT_TRUE(trial && trial->trial.is_one());
  for (int i = 0; i < 99; ++i) EXPECT_EQ(order(search()), "b");
}

TEST_F(TargetSearchTest, TriesNoFallbackWhereARouteServes) {
  states_[2].acknowledged = true;
  for (UpstreamSpec& spec : specs_) {
    spec.engine->set({.breaker = {.failures = 1, .ejected_for = base::Micros(0)}});
  }
  make();
  eject(2, TryVerdict::NoAnswer);
  EXPECT_EQ(order(search()), "abc!");
}

}  // namespace
}  // namespace srasta::gateway
