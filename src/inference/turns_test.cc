#include "inference/turns.h"

#include <array>
#include <string>

#include <gtest/gtest.h>

namespace srasta::inference {
namespace {

TEST(Turns, DealsByWeightAndMixesEvenly) {
  Turns turns;
  const std::array<Turns::Choice, 2> both = {Turns::Choice{0, 3}, Turns::Choice{1, 1}};
  std::string dealt;
  for (int i = 0; i < 8; ++i) dealt += static_cast<char>('a' + turns.next(both));
  EXPECT_EQ(dealt, "aabaaaba");
}

TEST(Turns, StartsWithTheFirstOfEquals) {
  Turns turns;
  const std::array<Turns::Choice, 2> both = {Turns::Choice{0, 1}, Turns::Choice{1, 1}};
  EXPECT_EQ(turns.next(both), 0U);
  EXPECT_EQ(turns.next(both), 1U);
  EXPECT_EQ(turns.next(both), 0U);
}

TEST(Turns, GivesNoCreditToWhoCouldNotTakePart) {
  Turns turns;
  const std::array<Turns::Choice, 1> alone = {Turns::Choice{1, 1}};
  for (int i = 0; i < 100; ++i) EXPECT_EQ(turns.next(alone), 0U);
  const std::array<Turns::Choice, 2> both = {Turns::Choice{0, 1}, Turns::Choice{1, 1}};
  EXPECT_EQ(turns.next(both), 0U);
  EXPECT_EQ(turns.next(both), 1U);
}

}  // namespace
}  // namespace srasta::inference
