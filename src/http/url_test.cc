#include "http/url.h"

#include <gtest/gtest.h>

namespace srasta::http {
namespace {

TEST(ParseUrl, SplitsAndPrintsBack) {
  const auto url = parse_url("https://Idp.Test:8443/realms/x");
  ASSERT_TRUE(url.ok());
  EXPECT_TRUE(url->tls);
  EXPECT_EQ(url->host, "idp.test");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->path, "/realms/x");
  EXPECT_EQ(url->str(), "https://idp.test:8443/realms/x");
  EXPECT_EQ(parse_url("http://[::1]:80/")->str(), "http://[::1]");
}

TEST(ParseUrl, RefusesWhatCouldPointElsewhere) {
  for (const char* text : {"", "ftp://a", "http://", "http://127.0.0.1:1@evil", "http://[::1",
                           "file:///x", "http://a:0", "http://a:99999", "http://a/../b",
                           "http://a?x", "http://a/#f", "http://a b"}) {
    EXPECT_FALSE(parse_url(text).ok()) << text;
  }
}

}  // namespace
}  // namespace srasta::http
