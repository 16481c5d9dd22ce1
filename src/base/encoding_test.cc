#include "base/encoding.h"

#include <gtest/gtest.h>

namespace srasta::base {
namespace {

TEST(Base64Url, RoundTripsEveryLength) {
  std::string bytes;
  for (int i = 0; i < 70; ++i) {
    EXPECT_EQ(from_base64url(to_base64url(bytes)), bytes);
    bytes += static_cast<char>(i * 37 + 200);
  }
}

TEST(Base64Url, RefusesEverySecondSpelling) {
  for (const char* text : {"QQ==", "QR", "Q", "Q+", "Q/", "QQ\n", "Q Q", "QUJD="}) {
    EXPECT_FALSE(from_base64url(text)) << text;
  }
}

TEST(Base64, PadsAsRfc4648Section10Shows) {
  EXPECT_EQ(to_base64("f"), "Zg==");
  EXPECT_EQ(to_base64("fo"), "Zm8=");
  EXPECT_EQ(to_base64("foobar"), "Zm9vYmFy");
}

TEST(Hex, IsLowerCaseAndStrict) {
  EXPECT_EQ(to_hex(std::string_view("\x00\xff", 2)), "00ff");
  EXPECT_EQ(from_hex("00ff"), std::string("\x00\xff", 2));
  EXPECT_FALSE(from_hex("0"));
  EXPECT_FALSE(from_hex("FF"));
}

TEST(ParseU64, TakesOnePlainSpelling) {
  EXPECT_EQ(parse_u64("0"), 0U);
  EXPECT_EQ(parse_u64("18446744073709551615"), UINT64_MAX);
  for (const char* text : {"", "+1", "-1", "01", "1 ", "18446744073709551616", "0x1"}) {
    EXPECT_FALSE(parse_u64(text)) << text;
  }
}

TEST(Utf8, AcceptsEveryPlaneAndRefusesMalformedForms) {
  EXPECT_TRUE(is_utf8("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"));
  for (const char* text : {"\x80", "\xC0\x80", "\xC3\x28", "\xE0\x80\x80", "\xED\xA0\x80",
                           "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5", "\xE2\x82"}) {
    EXPECT_FALSE(is_utf8(text)) << to_hex(text);
  }
}

TEST(EqualConstantTime, ComparesContentAndLength) {
  EXPECT_TRUE(equal_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_constant_time("abc", "ab"));
}

TEST(EqualIgnoringCase, FoldsLettersOfAsciiAndNothingElse) {
  const auto folded = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  for (const size_t size : {1U, 7U, 8U, 9U, 16U, 19U}) {
    for (size_t at = 0; at < size; ++at) {
      std::string a(size, 'k');
      std::string b(size, 'K');
      for (int i = 0; i < 256; ++i) {
        for (int j = 0; j < 256; ++j) {
          a[at] = static_cast<char>(i);
          b[at] = static_cast<char>(j);
          ASSERT_EQ(equal_ignoring_case(a, b), folded(a[at]) == folded(b[at]))
              << i << " and " << j << " at " << at << " of " << size;
        }
      }
    }
  }
}

}  // namespace
}  // namespace srasta::base
