#include "tools/run_places.h"

#include <vector>

#include <gtest/gtest.h>

namespace srasta::tools {
namespace {

constexpr policy::RateLimits kLimits{.runs_per_principal = 2, .runs_per_tenant = 3};

TEST(RunPlaces, AreCountedPerPrincipalAndTenant) {
  RunPlaces places;
  auto first = places.take("alice", "acme", kLimits);
  const auto second = places.take("alice", "acme", kLimits);
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(places.take("alice", "acme", kLimits));
  const auto third = places.take("bob", "acme", kLimits);
  EXPECT_TRUE(third);
  EXPECT_FALSE(places.take("carol", "acme", kLimits));
  EXPECT_TRUE(places.take("carol", "globex", kLimits));
  first.reset();
  EXPECT_TRUE(places.take("alice", "acme", kLimits));
}

TEST(RunPlaces, AreNotMoreThanThereAreForAll) {
  RunPlaces places;
  std::vector<RunPlaces::Place> taken;
  for (size_t i = 0; i < RunPlaces::kMost; ++i) {
    auto place = places.take("p" + std::to_string(i), "t" + std::to_string(i), kLimits);
    ASSERT_TRUE(place);
    taken.push_back(*std::move(place));
  }
  EXPECT_FALSE(places.take("other", "other", kLimits));
  taken.pop_back();
  EXPECT_TRUE(places.take("other", "other", kLimits));
}

}  // namespace
}  // namespace srasta::tools
