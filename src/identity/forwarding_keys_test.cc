#include "identity/forwarding_keys.h"

#include <string>

#include <gtest/gtest.h>

namespace srasta::identity {
namespace {

/// 32 bytes in hexadecimal that begin with `first`.
std::string secret(char first) {
  std::string hex;
  for (int i = 0; i < 31; ++i) hex += "a5";
  return std::string(1, '0') + first + hex;
}

std::string entry(const std::string& service, const std::string& id, const std::string& hex,
                  const std::string& more = {}) {
  return R"({"service":")" + service + R"(","key_id":")" + id + R"(","secret":")" + hex + "\"" +
         more + "}";
}

std::string previous(const std::string& id, const std::string& hex) {
  return R"(,"previous_key_id":")" + id + R"(","previous_secret":")" + hex + "\"";
}

base::Result<std::vector<ForwardingPeer>> parse(const std::string& text) {
  const auto document = json::Document::parse("{\"list\":" + text + "}");
  if (!document) return document.error();
  return parse_forwarding_keys(*document->root().find("list"));
}

std::string fault_of(const std::string& text) {
  const auto peers = parse(text);
  return peers ? "accepted" : peers.error().message;
}

TEST(ForwardingKeys, AreCurrentAndPreviousOfEachService) {
  const auto peers = parse("[" + entry("gateway", "k2", secret('1'), previous("k1", secret('2'))) +
                           "," + entry("tools", "t1", secret('3')) + "]");
  ASSERT_TRUE(peers.ok());
  ASSERT_EQ(peers->size(), 2U);
  const ForwardingPeer& gateway = peers->front();
  EXPECT_EQ(gateway.service, "gateway");
  EXPECT_EQ(gateway.current.id, "k2");
  EXPECT_EQ(gateway.current.secret.expose().front(), '\x01');
  ASSERT_TRUE(gateway.previous.has_value());
  EXPECT_EQ(gateway.previous->id, "k1");
  EXPECT_FALSE(peers->back().previous.has_value());
}

TEST(ForwardingKeys, MayBeNone) {
  const auto peers = parse("[]");
  EXPECT_TRUE(peers.ok() && peers->empty());
}

TEST(ForwardingKeys, AreRefusedWhenWeak) {
  const std::string service = "forwarding keys of service 'gateway': ";
  EXPECT_EQ(fault_of("[" + entry("gateway", "k1", std::string(62, 'a')) + "]"),
            service + "secret must be at least 32 bytes in lower-case hexadecimal");
  EXPECT_EQ(fault_of("[" + entry("gateway", "k1", std::string(64, '0')) + "]"),
            service + "secret is one byte repeated");
  EXPECT_EQ(fault_of("[" + entry("gateway", "k1", std::string(64, 'A')) + "]"),
            service + "secret must be at least 32 bytes in lower-case hexadecimal");
  EXPECT_EQ(fault_of("[" + entry("gateway", "k2", secret('1'), previous("k1", "00")) + "]"),
            service + "previous_secret must be at least 32 bytes in lower-case hexadecimal");
}

TEST(ForwardingKeys, AreRefusedWhenTwoCouldBeTakenForEachOther) {
  const std::string first = entry("gateway", "k1", secret('1'));
  EXPECT_NE(fault_of("[" + first + "," + entry("gateway", "k2", secret('2')) + "]"), "accepted");
  EXPECT_NE(fault_of("[" + first + "," + entry("tools", "k1", secret('2')) + "]"), "accepted");
  EXPECT_NE(fault_of("[" + first + "," + entry("tools", "k2", secret('1')) + "]"), "accepted");
  EXPECT_NE(fault_of("[" + entry("gateway", "k1", secret('1'), previous("k1", secret('2'))) + "]"),
            "accepted");
}

TEST(ForwardingKeys, AreRefusedWhenMalformed) {
  for (const std::string& text :
       {std::string("{}"), std::string("[5]"), std::string("[{}]"),
        "[" + entry("", "k1", secret('1')) + "]", "[" + entry("Gateway", "k1", secret('1')) + "]",
        "[" + entry("gateway", "../k1", secret('1')) + "]",
        "[" + entry("gateway", std::string(33, 'k'), secret('1')) + "]",
        "[" + entry("gateway", "k2", secret('1'), R"(,"previous_key_id":"k1")") + "]",
        "[" + entry("gateway", "k2", secret('1'), R"(,"previous_secret":")" + secret('2') + "\"") +
            "]"}) {
    EXPECT_NE(fault_of(text), "accepted") << text;
  }
}

}  // namespace
}  // namespace srasta::identity
