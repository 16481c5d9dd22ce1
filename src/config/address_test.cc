#include "config/address.h"

#include <gtest/gtest.h>

namespace srasta::config {
namespace {

TEST(HostPort, ReadsBothFamiliesAndLocalhost) {
  EXPECT_EQ(parse_host_port("127.0.0.1:8484"), (HostPort{"127.0.0.1", 8484}));
  EXPECT_EQ(parse_host_port("localhost:0"), (HostPort{"127.0.0.1", 0}));
  EXPECT_EQ(parse_host_port("[::1]:80"), (HostPort{"::1", 80}));
  EXPECT_EQ(parse_host_port("[::1]:80")->text(), "[::1]:80");
}

TEST(HostPort, RefusesWhatIsNotOneAddressAndOnePort) {
  for (const char* text : {"", "8484", ":8484", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                           "127.0.0.1:080", "127.1:80", "::1:80", "[::1]", "[127.0.0.1]:80",
                           "example.org:80", "[::1]x:80", "0x7f.0.0.1:80", "127.0.0.1:80 "}) {
    EXPECT_FALSE(parse_host_port(text)) << text;
  }
}

TEST(HostPort, KnowsLoopback) {
  EXPECT_TRUE(parse_host_port("127.9.9.9:1")->is_loopback());
  EXPECT_TRUE(parse_host_port("[::1]:1")->is_loopback());
  EXPECT_TRUE(parse_host_port("[::ffff:127.0.0.1]:1")->is_loopback());
  EXPECT_FALSE(parse_host_port("0.0.0.0:1")->is_loopback());
  EXPECT_FALSE(parse_host_port("[::]:1")->is_loopback());
  EXPECT_FALSE(parse_host_port("10.0.0.1:1")->is_loopback());
}

TEST(AddressBlock, ContainsItsAddressesHoweverTheyAreSpelled) {
  const auto block = parse_address_block("10.1.0.0/20");
  ASSERT_TRUE(block);
  EXPECT_TRUE(block->contains(*parse_ip("10.1.15.255")));
  EXPECT_TRUE(block->contains(*parse_ip("::ffff:10.1.0.1")));
  EXPECT_FALSE(block->contains(*parse_ip("10.1.16.0")));
  EXPECT_FALSE(block->contains(*parse_ip("2001:db8::1")));
  EXPECT_TRUE(parse_address_block("0.0.0.0/0")->contains(*parse_ip("8.8.8.8")));
  EXPECT_FALSE(parse_address_block("0.0.0.0/0")->contains(*parse_ip("2001:db8::1")));
  EXPECT_TRUE(parse_address_block("::1")->contains(*parse_ip("::1")));
}

TEST(AddressBlock, RefusesBitsAfterThePrefix) {
  for (const char* text :
       {"10.1.0.1/20", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0/8", "/8", "2001:db8::1/64"}) {
    EXPECT_FALSE(parse_address_block(text)) << text;
  }
}

TEST(LoopbackHost, IsAnAddressOrTheOneName) {
  for (const char* host : {"localhost", "127.0.0.1", "127.255.0.1", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(is_loopback_host(host)) << host;
  }
  for (const char* host : {"", "localhost.example", "127.1", "0.0.0.0", "::", "10.0.0.1"}) {
    EXPECT_FALSE(is_loopback_host(host)) << host;
  }
}

}  // namespace
}  // namespace srasta::config
