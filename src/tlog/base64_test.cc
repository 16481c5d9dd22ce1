#include "tlog/base64.h"

#include "base/base64.h"
#include "base/encoding.h"

#include <gtest/gtest.h>

namespace srasta::tlog {
namespace {

TEST(Base64, ReadsWhatIsWritten) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    EXPECT_EQ(base::from_base64(base::to_base64(bytes)), bytes) << i;
    bytes += static_cast<char>(i * 7);
  }
}

TEST(Base64, MatchesRfc4648) {
  EXPECT_EQ(base::from_base64(""), "");
  EXPECT_EQ(base::from_base64("Zg=="), "f");
  EXPECT_EQ(base::from_base64("Zm8="), "fo");
  EXPECT_EQ(base::from_base64("Zm9v"), "foo");
  EXPECT_EQ(base::from_base64("+/+/"), "\xFB\xFF\xBF");
}

TEST(Base64, HasOneSpelling) {
  for (const char* text : {"Zg", "Zg=", "Zg===", "Zm8", "Zm9v=", "Zm9v====", "=",
                           "==", "====", "Z===", "Zh==", "Zm9=", "-_-_", "Zm9v\n", " Zm9v", "Zm 9",
                           "Z=g=", "Zg==Zg==", "\xC3\xA9g="}) {
    EXPECT_FALSE(base::from_base64(text)) << text;
  }
}

TEST(Base64, OfAHashIsThatOf32Bytes) {
  const crypto::Digest hash = crypto::sha256("x");

  EXPECT_EQ(hash_from_base64(hash_to_base64(hash)), hash);
  EXPECT_FALSE(hash_from_base64(base::to_base64(std::string(31, 'x'))));
  EXPECT_FALSE(hash_from_base64(base::to_base64(std::string(33, 'x'))));
  EXPECT_FALSE(hash_from_base64(""));
  EXPECT_FALSE(hash_from_base64(hash_to_base64(hash) + "\r"));
}

}  // namespace
}  // namespace srasta::tlog
