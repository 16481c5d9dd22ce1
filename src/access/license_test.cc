#include "access/license.h"

#include <gtest/gtest.h>

namespace srasta::access {
namespace {

constexpr int64_t kDay = 24 * 60 * 60;
constexpr int64_t kExpires = 1000 * kDay;

License license() {
  return {.id = "l-1",
          .customer = "Acme",
          .edition = "enterprise",
          .not_before = 0,
          .expires = kExpires};
}

TEST(License, GoesThroughItsPosturesByTime) {
  EXPECT_EQ(posture_of(std::nullopt, kExpires), Posture::Community);
  EXPECT_EQ(posture_of(license(), kExpires - 31 * kDay), Posture::Valid);
  EXPECT_EQ(posture_of(license(), kExpires - 30 * kDay), Posture::Expiring);
  EXPECT_EQ(posture_of(license(), kExpires - 1), Posture::Expiring);
  EXPECT_EQ(posture_of(license(), kExpires), Posture::Grace);
  EXPECT_EQ(posture_of(license(), kExpires + 14 * kDay - 1), Posture::Grace);
  EXPECT_EQ(posture_of(license(), kExpires + 14 * kDay), Posture::ReadOnly);
}

TEST(LicenseClock, NeverGoesBack) {
  const LicenseClock clock{.latest = 100 * kDay};
  EXPECT_EQ(clock.read(40 * kDay, 0).now, 100 * kDay);
  EXPECT_FALSE(clock.read(40 * kDay, 0).suspect);
  EXPECT_EQ(clock.read(101 * kDay, 0).now, 101 * kDay);
}

TEST(LicenseClock, DoesNotBelieveAJumpBeforeADayHasPassed) {
  const LicenseClock clock{.latest = 100 * kDay};
  EXPECT_EQ(clock.read(130 * kDay, 0).now, 130 * kDay);
  const LicenseClock::Reading far = clock.read(131 * kDay, 0);
  EXPECT_TRUE(far.suspect);
  EXPECT_EQ(far.now, 100 * kDay);
  EXPECT_TRUE(clock.read(131 * kDay, kDay - 1).suspect);
  EXPECT_EQ(clock.read(131 * kDay, kDay).now, 131 * kDay);
  EXPECT_EQ(LicenseClock{}.read(5000 * kDay, 0).now, 5000 * kDay);
}

}  // namespace
}  // namespace srasta::access
