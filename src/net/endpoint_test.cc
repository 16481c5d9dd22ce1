#include "net/endpoint.h"

#include <gtest/gtest.h>

namespace srasta::net {
namespace {

TEST(Endpoint, ParsesAndPrints) {
  EXPECT_EQ(parse_endpoint("127.0.0.1:8484")->str(), "127.0.0.1:8484");
  EXPECT_EQ(parse_endpoint("[::1]:0")->str(), "[::1]:0");
  EXPECT_EQ(parse_endpoint("localhost:80")->str(), "127.0.0.1:80");
  EXPECT_EQ(parse_endpoint("unix:/run/a.sock")->str(), "unix:/run/a.sock");
}

TEST(Endpoint, RefusesWhatIsNoAddress) {
  for (const char* text : {"", "8484", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:65536",
                           "example.com:80", "300.1.1.1:80", "unix:"}) {
    EXPECT_FALSE(parse_endpoint(text).ok()) << text;
  }
  EXPECT_FALSE(unix_endpoint(std::string(108, 'a')).ok());
}

TEST(Endpoint, KnowsThePerimeter) {
  for (const char* local :
       {"127.9.9.9", "::1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "169.254.1.1", "fe80::1", "fd00::1", "::ffff:10.0.0.1"}) {
    EXPECT_TRUE(parse_ip(local, 1)->is_local()) << local;
  }
  for (const char* external :
       {"8.8.8.8", "172.32.0.1", "192.169.0.1", "2001:db8::1", "::ffff:8.8.8.8", "0.0.0.0"}) {
    EXPECT_FALSE(parse_ip(external, 1)->is_local()) << external;
  }
}

}  // namespace
}  // namespace srasta::net
