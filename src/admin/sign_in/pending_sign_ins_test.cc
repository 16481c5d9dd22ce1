#include "admin/sign_in/pending_sign_ins.h"

#include <gtest/gtest.h>

namespace srasta::admin {
namespace {

constexpr base::MonoTime kStart{base::Seconds(1'000)};

crypto::Digest state(int n) {
  return crypto::sha256(std::to_string(n));
}

class PendingSignInsTest : public testing::Test {
 protected:
  PendingSignIns pending_{{.lifetime = base::Seconds(600), .most = 4, .most_of_source = 2}};

  void keep(int n, const std::string& source, base::MonoTime now = kStart) {
    pending_.keep(state(n), source, {.nonce = std::to_string(n)}, now);
  }
  std::string take(int n, base::MonoTime now = kStart) {
    const auto taken = pending_.take(state(n), now);
    return taken ? taken->nonce : "";
  }
};

TEST_F(PendingSignInsTest, AreGivenBackOnce) {
  keep(1, "a");
  keep(2, "a");
  EXPECT_EQ(take(1), "1");
  EXPECT_EQ(take(1), "");
  EXPECT_EQ(take(3), "");
  EXPECT_EQ(take(2), "2");
  EXPECT_EQ(pending_.size(), 0U);
}

TEST_F(PendingSignInsTest, AreForgottenInTime) {
  keep(1, "a");
  keep(2, "a", kStart + base::Seconds(1));
  EXPECT_EQ(take(1, kStart + base::Seconds(600)), "");
  EXPECT_EQ(take(2, kStart + base::Seconds(600)), "2");
}

TEST_F(PendingSignInsTest, OfOneSourceTakeRoomFromEachOtherFirst) {
  keep(1, "a");
  for (int n = 2; n < 10; ++n) keep(n, "b");
  EXPECT_EQ(take(1), "1");
  EXPECT_EQ(take(7), "");
  EXPECT_EQ(take(8), "8");
  EXPECT_EQ(take(9), "9");
}

TEST_F(PendingSignInsTest, AreNeverMoreThanThereIsRoomFor) {
  for (int n = 0; n < 10; ++n) keep(n, "source " + std::to_string(n));
  EXPECT_EQ(pending_.size(), 4U);
  EXPECT_EQ(take(5), "");
  EXPECT_EQ(take(6), "6");
}

}  // namespace
}  // namespace srasta::admin
