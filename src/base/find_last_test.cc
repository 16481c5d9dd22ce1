#include "base/find_last.h"

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

}  // namespace
}  // namespace srasta::base
