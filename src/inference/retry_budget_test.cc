#include "inference/retry_budget.h"

#include <gtest/gtest.h>

namespace srasta::inference {
namespace {

base::MonoTime at(int64_t millis) {
  return base::MonoTime(base::Millis(millis));
}

TEST(RetryBudget, AllowsATenthOfWhatCame) {
  RetryBudget budget;
  RetryBudget::Requests& first = budget.add_core();
  RetryBudget::Requests& second = budget.add_core();
  int retries = 0;
  for (int i = 0; i < 1000; ++i) {
    (i % 5 == 0 ? second : first).count(at(i * 10));
    retries += budget.take(at(i * 10)) ? 1 : 0;
  }
  EXPECT_LE(retries, 100);
  EXPECT_GE(retries, 95);
}

TEST(RetryBudget, AllowsAFewWhateverCame) {
  RetryBudget budget;
  budget.add_core().count(at(0));
  for (uint64_t i = 0; i < RetryBudget::kAlways; ++i) EXPECT_TRUE(budget.take(at(0)));
  EXPECT_FALSE(budget.take(at(9'999)));
  EXPECT_TRUE(budget.take(at(10'000)));
}

TEST(RetryBudget, ForgetsWhatIsOld) {
  RetryBudget budget;
  RetryBudget::Requests& requests = budget.add_core();
  for (int i = 0; i < 1000; ++i) requests.count(at(0));
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(budget.take(at(500)));
  EXPECT_FALSE(budget.take(at(500)));
  for (uint64_t i = 0; i < RetryBudget::kAlways; ++i) EXPECT_TRUE(budget.take(at(20'000)));
  EXPECT_FALSE(budget.take(at(20'000)));
}

}  // namespace
}  // namespace srasta::inference
