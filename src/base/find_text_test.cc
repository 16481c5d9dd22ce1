#include "base/find_text.h"

#include <string>

#include <gtest/gtest.h>

namespace srasta::base {
namespace {

TEST(FindLast, FindsWhatRfindFinds) {
  for (const std::string text : {"", ",", ",a", "a,", ",a,a", ",ab,a,b", ",,,", ",a,,a,", "abc"}) {
    for (const std::string pattern : {",", ",a", ",,", ",a,", "a", "abcd", ",b"}) {
      EXPECT_EQ(find_last(text, pattern), text.rfind(pattern)) << text << " " << pattern;
    }
  }
}

TEST(FindLast, FindsNoEmptyPattern) {
  EXPECT_EQ(find_last("abc", ""), std::string_view::npos);
}

TEST(FindFirst, FindsWhatTheStandardLibraryFinds) {
  const std::string text = R"({"act":"a.b","corr":{"rid":"r"},"data":{"n":1}})";
  for (size_t from = 0; from <= text.size(); ++from) {
    for (size_t size = 0; from + size <= text.size(); ++size) {
      const std::string_view pattern = std::string_view(text).substr(from, size);
      EXPECT_EQ(find_first(text, pattern), text.find(pattern)) << pattern;
    }
  }
  EXPECT_EQ(find_first(text, "rids"), std::string_view::npos);
  EXPECT_EQ(find_first("", "a"), std::string_view::npos);
  EXPECT_EQ(find_first("a", "ab"), std::string_view::npos);
}

TEST(TakeUntil, TakesThePartAndItsEnd) {
  std::string_view text = "a b";
  EXPECT_EQ(take_until(text, ' '), "a");
  EXPECT_EQ(text, "b");
  EXPECT_EQ(take_until(text, ' '), std::nullopt);
  EXPECT_EQ(text, "b");
  text = " ";
  EXPECT_EQ(take_until(text, ' '), "");
  EXPECT_EQ(text, "");
}

}  // namespace
}  // namespace srasta::base
