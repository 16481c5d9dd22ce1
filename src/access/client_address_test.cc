#include "access/client_address.h"

#include <vector>

#include <gtest/gtest.h>

namespace srasta::access {
namespace {

const std::vector<config::AddressBlock> kTrusted = {*config::parse_address_block("10.0.0.0/8"),
                                                    *config::parse_address_block("::1/128")};

std::string_view client(std::string_view peer, std::vector<std::string_view> forwarded) {
  return client_address(peer, forwarded, kTrusted);
}

TEST(ClientAddress, IsThePeerUnlessItIsATrustedProxy) {
  EXPECT_EQ(client("192.0.2.9", {"10.0.0.1"}), "192.0.2.9");
  EXPECT_EQ(client("unix", {"192.0.2.1"}), "unix");
  EXPECT_EQ(client_address("10.0.0.1", std::vector<std::string_view>{"192.0.2.1"}, {}), "10.0.0.1");
}

TEST(ClientAddress, IsTheLastOneThatIsNoProxy) {
  EXPECT_EQ(client("10.0.0.1", {"192.0.2.1"}), "192.0.2.1");
  EXPECT_EQ(client("10.0.0.1", {"203.0.113.5, 192.0.2.1"}), "192.0.2.1");
  EXPECT_EQ(client("10.0.0.1", {"192.0.2.1, 10.9.9.9"}), "192.0.2.1");
  EXPECT_EQ(client("10.0.0.1", {"192.0.2.1", "10.9.9.9"}), "192.0.2.1");
  EXPECT_EQ(client("::1", {"2001:db8::1"}), "2001:db8::1");
}

TEST(ClientAddress, LeavesPortsOut) {
  EXPECT_EQ(client("10.0.0.1", {"192.0.2.1:443"}), "192.0.2.1");
  EXPECT_EQ(client("10.0.0.1", {"[2001:db8::1]:443"}), "2001:db8::1");
}

TEST(ClientAddress, StopsAtTheProxyBehindWhatIsNoAddress) {
  for (const char* bad :
       {"", "unknown", "_hidden", "192.0.2.999", "[", "192.0.2.1, ", "x, 10.0.0.2"}) {
    const std::string_view got = client("10.0.0.1", {bad});
    EXPECT_TRUE(got == "10.0.0.1" || got == "10.0.0.2") << bad << " gave " << got;
  }
}

TEST(ClientAddress, IsTheFirstProxyWhenThereAreOnlyProxies) {
  EXPECT_EQ(client("10.0.0.1", {"10.0.0.3, 10.0.0.2"}), "10.0.0.3");
  EXPECT_EQ(client("10.0.0.1", {}), "10.0.0.1");
}

}  // namespace
}  // namespace srasta::access
