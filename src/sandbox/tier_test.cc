#include "sandbox/tier.h"

#include <gtest/gtest.h>

namespace srasta::sandbox {
namespace {

TEST(Tier, ComparesByStrength) {
  EXPECT_LT(Tier::None, Tier::T3);
  EXPECT_LT(Tier::T3, Tier::T1);
  EXPECT_LT(Tier::T1, Tier::T1c);
  EXPECT_EQ(Tier{}, Tier::None);
}

TEST(Tier, HasOneNameEach) {
  for (const Tier tier : {Tier::None, Tier::T3, Tier::T1, Tier::T1c}) {
    EXPECT_EQ(parse_tier(to_string(tier)), tier);
  }
  for (const auto* text : {"", "T1", "t2", "t1 ", "t1cc"}) EXPECT_FALSE(parse_tier(text)) << text;
}

}  // namespace
}  // namespace srasta::sandbox
