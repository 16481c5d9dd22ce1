#include "admin/sign_in/form.h"

#include "base/encoding.h"

#include <gtest/gtest.h>

namespace srasta::admin {
namespace {

TEST(Form, IsWholeOrNothing) {
  const Form form("a=1&b=x+y%20z");
  EXPECT_TRUE(form.good());
  EXPECT_EQ(form.get("b"), "x y z");
  EXPECT_FALSE(form.has("c"));
  for (const char* bad : {"a=1&a=2", "a=%2", "a"}) {
    const Form other(bad);
    EXPECT_FALSE(other.good()) << bad;
    EXPECT_EQ(other.get("a"), "") << bad;
  }
}

TEST(Form, EncodesEverythingThatAQueryGivesAMeaning) {
  const std::string text = "a b&c=d%\r\n\"<\xc3\xa9~";
  const std::string encoded = query_encoded(text);
  EXPECT_EQ(encoded, "a%20b%26c%3Dd%25%0D%0A%22%3C%C3%A9~");
  EXPECT_EQ(Form("x=" + encoded).get("x"), text);
}

TEST(Form, ReadsBasicCredentials) {
  const auto made = basic_credentials("Basic " + base::to_base64("app:a%2Bb+c:d"));
  ASSERT_TRUE(made);
  EXPECT_EQ(made->first, "app");
  EXPECT_EQ(made->second, "a+b c:d");
  for (const std::string& bad :
       {std::string(), std::string("Basic"), std::string("Basic !!"),
        "Basic " + base::to_base64("app"), "Bearer " + base::to_base64("a:b"),
        "Basic " + base::to_base64("a:%2")}) {
    EXPECT_FALSE(basic_credentials(bad)) << bad;
  }
}

TEST(Form, ReturnsToPagesOfThisPlatformOnly) {
  for (const char* good : {"/console/", "/console/a/b?c=d", "/auth/account",
                           "/auth/authorize?client_id=cli&state=%00%3C"}) {
    EXPECT_EQ(safe_return(good), good);
  }
  for (const char* bad :
       {"", "//evil.test", "https://evil.test", "/\\evil.test", "/%09/evil.test", "javascript:1",
        "/console", "/console/../auth/logout", "/console/\\evil", "/console/\r\nX: y",
        "/auth/login", "/auth/authorize", "/console/ ", "/v1/models"}) {
    EXPECT_EQ(safe_return(bad), "/console/") << bad;
  }
}

}  // namespace
}  // namespace srasta::admin
