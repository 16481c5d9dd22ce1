#include "crypto/password_hash.h"

#include <gtest/gtest.h>

namespace srasta::crypto {
namespace {

constexpr PasswordCost kCheap{.memory_kib = 64, .passes = 1};

class PasswordHash : public testing::Test {
 protected:
  std::string made(std::string password) {
    auto phc = hash_password(base::Secret(std::move(password)), entropy_, kCheap);
    EXPECT_TRUE(phc.ok());
    return phc.ok() ? *phc : std::string();
  }
  base::SystemEntropy entropy_;
};

TEST_F(PasswordHash, IsVerifiedByItsPasswordOnly) {
  const std::string phc = made("correct-horse-9");
  EXPECT_TRUE(verify_password(base::Secret("correct-horse-9"), phc));
  EXPECT_FALSE(verify_password(base::Secret("correct-horse-8"), phc));
  EXPECT_FALSE(verify_password(base::Secret(""), phc));
}

TEST_F(PasswordHash, TakesEveryByte) {
  const std::string phc = made(std::string("a\0b", 3));
  EXPECT_FALSE(verify_password(base::Secret("a"), phc));
  EXPECT_FALSE(verify_password(base::Secret(std::string("a\0c", 3)), phc));
  EXPECT_TRUE(verify_password(base::Secret(std::string("a\0b", 3)), phc));
}

TEST_F(PasswordHash, DiffersForOnePassword) {
  EXPECT_NE(made("correct-horse-9"), made("correct-horse-9"));
}

TEST_F(PasswordHash, SaysWhatItCost) {
  const std::string phc = made("correct-horse-9");
  EXPECT_TRUE(phc.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
  EXPECT_FALSE(is_outdated(phc, kCheap));
  EXPECT_TRUE(is_outdated(phc));
}

TEST_F(PasswordHash, HasADecoyThatLooksTheSameAndFitsNothing) {
  const std::string decoy = decoy_hash(entropy_, kCheap);
  EXPECT_EQ(decoy.size(), made("correct-horse-9").size());
  EXPECT_FALSE(is_outdated(decoy, kCheap));
  EXPECT_FALSE(verify_password(base::Secret("correct-horse-9"), decoy));
  // Another length would be refused before anything is computed.
  EXPECT_NE(decoy, decoy_hash(entropy_, kCheap));
}

TEST_F(PasswordHash, IsNotVerifiedByWhatIsNoHash) {
  for (const char* phc : {"", "correct-horse-9", "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$aGFzaA",
                          "$argon2id$v=19$m=64,t=1,p=1$"}) {
    EXPECT_FALSE(verify_password(base::Secret("correct-horse-9"), phc)) << phc;
  }
}

}  // namespace
}  // namespace srasta::crypto
