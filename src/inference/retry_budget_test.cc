#include "inference/retry_budget.h"

#include <gtest/gtest.h>

namespace srasta::inference {
namespace {

base::MonoTime at(int64_t millis) {
  return base::MonoTime(base::Millis(millis));
}

TEST(RetryBudget, AllowsATenthOfWhatCame) {
  RetryBudget budget;
  int retries = 0;
  for (int i = 0; i < 1000; ++i) {
    budget.request(at(i * 10));
    retries += budget.take(at(i * 10)) ? 1 : 0;
  }
  EXPECT_LE(retries, 100);
  EXPECT_GE(retries, 95);
}

TEST(RetryBudget, AllowsAFewWhateverCame) {
  RetryBudget budget;
  budget.request(at(0));
  for (uint64_t i = 0; i < RetryBudget::kAlways; ++i) EXPECT_TRUE(budget.take(at(0)));
  EXPECT_FALSE(budget.take(at(9'999)));
  EXPECT_TRUE(budget.take(at(10'000)));
}

TEST(RetryBudget, ForgetsWhatIsOld) {
  RetryBudget budget;
  for (int i = 0; i < 1000; ++i) budget.request(at(0));
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(budget.take(at(500)));
  EXPECT_FALSE(budget.take(at(500)));
  for (uint64_t i = 0; i < RetryBudget::kAlways; ++i) EXPECT_TRUE(budget.take(at(20'000)));
  EXPECT_FALSE(budget.take(at(20'000)));
}

}  // namespace
}  // namespace srasta::inference
