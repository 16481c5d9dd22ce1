#include "identity/totp.h"

#include <gtest/gtest.h>

namespace srasta::identity {
namespace {

constexpr std::string_view kKey = "12345678901234567890";

// RFC 6238 appendix B, the last six digits.
TEST(Totp, AgreesWithTheVectorsOfTheRfc) {
  struct Vector {
    int64_t time;
    const char* code;
  };
  for (const Vector& vector : {Vector{59, "287082"}, Vector{1111111109, "081804"},
                               Vector{1111111111, "050471"}, Vector{1234567890, "005924"},
                               Vector{2000000000, "279037"}, Vector{20000000000, "353130"}}) {
    EXPECT_EQ(totp_code(kKey, totp_step(vector.time)), vector.code) << vector.time;
  }
}

TEST(Totp, IsGoodInItsStepAndTheNext) {
  constexpr int64_t kNow = 30 * 1000;
  const std::string code = totp_code(kKey, 1000);
  EXPECT_EQ(accept_totp(kKey, code, kNow, std::nullopt), 1000);
  EXPECT_EQ(accept_totp(kKey, code, kNow + 59, std::nullopt), 1000);
  EXPECT_FALSE(accept_totp(kKey, code, kNow + 60, std::nullopt));
  EXPECT_FALSE(accept_totp(kKey, code, kNow - 1, std::nullopt));
}

TEST(Totp, IsGoodOnce) {
  constexpr int64_t kNow = 30 * 1000;
  const std::string code = totp_code(kKey, 1000);
  EXPECT_FALSE(accept_totp(kKey, code, kNow, 1000));
  EXPECT_FALSE(accept_totp(kKey, totp_code(kKey, 999), kNow, 1000));
  EXPECT_TRUE(accept_totp(kKey, code, kNow, 999));
}

TEST(Totp, IsSixDigitsAndNothingElse) {
  constexpr int64_t kNow = 30 * 1000;
  for (const std::string& code : {std::string(), totp_code(kKey, 1000) + " ",
                                  totp_code(kKey, 1000).substr(1), std::string("abcdef")}) {
    EXPECT_FALSE(accept_totp(kKey, code, kNow, std::nullopt)) << code;
  }
}

// RFC 4648 section 10, without padding.
TEST(Totp, KeysAreShownInBase32) {
  EXPECT_EQ(totp_key_text("foobar"), "MZXW6YTBOI");
  EXPECT_EQ(totp_key_text("fooba"), "MZXW6YTB");
  EXPECT_EQ(totp_key_text("f"), "MY");
  EXPECT_EQ(totp_key_text(""), "");
  EXPECT_EQ(totp_uri("foobar", "lena@acme"),
            "otpauth://totp/Srasta:lena%40acme?secret=MZXW6YTBOI&issuer=Srasta");
}

}  // namespace
}  // namespace srasta::identity
