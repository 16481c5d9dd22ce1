#include "crypto/aead.h"

#include <gtest/gtest.h>

namespace srasta::crypto {
namespace {

SecretBox box_of(char byte) {
  return *SecretBox::create(base::Secret(std::string(32, byte)));
}

TEST(SecretBox, OpensWhatItSealed) {
  base::SystemEntropy entropy;
  const SecretBox box = box_of('k');
  for (const std::string& plain :
       {std::string(), std::string("a secret"), std::string(5000, 'x')}) {
    const std::string sealed = box.seal(plain, "totp:u-1", entropy);
    EXPECT_EQ(sealed.size(), plain.size() + 28);
    const auto opened = box.open(sealed, "totp:u-1");
    ASSERT_TRUE(opened.ok());
    EXPECT_EQ(opened->expose(), plain);
  }
}

TEST(SecretBox, RefusesEveryChangedBit) {
  base::SystemEntropy entropy;
  const SecretBox box = box_of('k');
  const std::string sealed = box.seal("a secret", "totp:u-1", entropy);
  for (size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    std::string changed = sealed;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(box.open(changed, "totp:u-1").ok()) << bit;
  }
  for (size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(box.open(sealed.substr(0, size), "totp:u-1").ok()) << size;
  }
}

TEST(SecretBox, RefusesAnotherPurposeAndAnotherKey) {
  base::SystemEntropy entropy;
  const std::string sealed = box_of('k').seal("a secret", "totp:u-1", entropy);
  EXPECT_FALSE(box_of('k').open(sealed, "totp:u-2").ok());
  EXPECT_FALSE(box_of('l').open(sealed, "totp:u-1").ok());
}

TEST(SecretBox, SealsDifferentlyEachTime) {
  base::SystemEntropy entropy;
  const SecretBox box = box_of('k');
  EXPECT_NE(box.seal("a secret", "", entropy), box.seal("a secret", "", entropy));
}

TEST(SecretBox, NeedsAKeyOfItsSize) {
  EXPECT_FALSE(SecretBox::create(base::Secret(std::string(31, 'k'))).ok());
}

}  // namespace
}  // namespace srasta::crypto
