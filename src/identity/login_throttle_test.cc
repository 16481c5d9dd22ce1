#include "identity/login_throttle.h"

#include <gtest/gtest.h>

namespace srasta::identity {
namespace {

class LoginThrottleTest : public testing::Test {
 protected:
  LoginThrottle::Failure fail(std::string_view user, std::string_view source) {
    return throttle_.failed(user, source, now_);
  }
  [[nodiscard]] int64_t locked(std::string_view user, std::string_view source) const {
    const auto locked = throttle_.locked(user, source, now_);
    return locked ? locked->left.count() : 0;
  }
  void pass(int64_t seconds) { now_ += base::Seconds(seconds); }

  LoginThrottle throttle_{{.failures_of_source = 10, .entries = 20}};
  base::MonoTime now_{base::Seconds(1000)};
};

TEST_F(LoginThrottleTest, DelaysTheFirstFailuresLongerAndLonger) {
  for (const int64_t delay : {1, 2, 4}) {
    const auto failure = fail("lena", "192.0.2.1");
    EXPECT_EQ(failure.delay, base::Seconds(delay));
    EXPECT_FALSE(failure.locks);
    EXPECT_EQ(locked("lena", "192.0.2.1"), 0);
  }
}

TEST_F(LoginThrottleTest, LocksFromTheFifthAttemptOn) {
  for (int i = 0; i < 3; ++i) (void)fail("lena", "192.0.2.1");
  EXPECT_TRUE(fail("lena", "192.0.2.1").locks);
  EXPECT_EQ(locked("lena", "192.0.2.1"), 16);
  pass(15);
  EXPECT_EQ(locked("lena", "192.0.2.1"), 1);
  pass(1);
  EXPECT_EQ(locked("lena", "192.0.2.1"), 0);
  EXPECT_TRUE(fail("lena", "192.0.2.1").locks);
  EXPECT_EQ(locked("lena", "192.0.2.1"), 32);
}

TEST_F(LoginThrottleTest, NeverLocksForLongerThanItsBound) {
  LoginThrottle throttle({.failures_of_source = 1000});
  for (int i = 0; i < 100; ++i) (void)throttle.failed("lena", "192.0.2.1", now_);
  const auto locked = throttle.locked("lena", "192.0.2.1", now_);
  ASSERT_TRUE(locked);
  EXPECT_EQ(locked->left, base::Seconds(900));
}

TEST_F(LoginThrottleTest, LocksNobodyOutFromElsewhere) {
  for (int i = 0; i < 8; ++i) (void)fail("lena", "192.0.2.1");
  EXPECT_GT(locked("lena", "192.0.2.1"), 0);
  EXPECT_EQ(locked("lena", "192.0.2.2"), 0);
  EXPECT_EQ(locked("olga", "192.0.2.1"), 0);
}

TEST_F(LoginThrottleTest, LocksASourceThatTriesManyNames) {
  for (int i = 0; i < 9; ++i) (void)fail("user" + std::to_string(i), "192.0.2.1");
  EXPECT_EQ(locked("lena", "192.0.2.1"), 0);
  (void)fail("user9", "192.0.2.1");
  EXPECT_EQ(locked("lena", "192.0.2.1"), 300);
  EXPECT_EQ(locked("lena", "192.0.2.2"), 0);
  pass(300);
  EXPECT_EQ(locked("lena", "192.0.2.1"), 0);
}

TEST_F(LoginThrottleTest, CountsWhoHasNoNameHereForTheSourceAlone) {
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(throttle_.source_locked("192.0.2.1", now_));
    throttle_.source_failed("192.0.2.1", now_);
  }
  EXPECT_EQ(throttle_.source_locked("192.0.2.1", now_), base::Seconds(300));
  EXPECT_EQ(locked("lena", "192.0.2.1"), 300);
  EXPECT_FALSE(throttle_.source_locked("192.0.2.2", now_));
}

TEST_F(LoginThrottleTest, ForgetsWithTheRightPasswordAndWithTime) {
  for (int i = 0; i < 3; ++i) (void)fail("lena", "192.0.2.1");
  throttle_.succeeded("lena", "192.0.2.1");
  EXPECT_EQ(fail("lena", "192.0.2.1").delay, base::Seconds(1));
  pass(3600);
  EXPECT_EQ(fail("lena", "192.0.2.1").delay, base::Seconds(1));
}

TEST_F(LoginThrottleTest, HasABoundAndForgetsTheOldest) {
  LoginThrottle throttle({.failures_of_source = 1000, .entries = 3});
  for (int i = 0; i < 4; ++i) (void)throttle.failed("lena", "192.0.2.1", now_);
  EXPECT_TRUE(throttle.locked("lena", "192.0.2.1", now_));
  for (const char* user : {"a", "b"}) (void)throttle.failed(user, "192.0.2.1", now_);
  EXPECT_TRUE(throttle.locked("lena", "192.0.2.1", now_));
  (void)throttle.failed("c", "192.0.2.1", now_);
  EXPECT_FALSE(throttle.locked("lena", "192.0.2.1", now_));
}

}  // namespace
}  // namespace srasta::identity
