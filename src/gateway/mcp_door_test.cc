#include "gateway/mcp_door.h"

#include <gtest/gtest.h>

namespace srasta::gateway {
namespace {

using service::ErrorCode;

std::optional<ErrorCode> judged(std::string_view host, std::optional<std::string_view> origin = {},
                                std::string_view url = "https://ai.example.org") {
  http::Fields fields;
  fields.add({"Host", host});
  if (origin) fields.add({"Origin", *origin});
  return judge_origin(fields, url);
}

TEST(McpDoor, HostIsTheOwnNameOrAnAddress) {
  for (const char* host : {"ai.example.org", "AI.example.org:8443", "localhost:8484", "127.0.0.1:1",
                           "[::1]:8484", "192.0.2.7"}) {
    EXPECT_EQ(judged(host), std::nullopt) << host;
  }
  for (const char* host : {"evil.example", "ai.example.org.evil.example", "localhost.evil.example",
                           "127.0.0.1.evil.example", "", "[::1", "0x7f000001"}) {
    EXPECT_EQ(judged(host), ErrorCode::HostDenied) << host;
  }
}

TEST(McpDoor, OriginIsTheOwnOrThatOfHost) {
  EXPECT_EQ(judged("10.0.0.1:8484", "https://ai.example.org"), std::nullopt);
  EXPECT_EQ(judged("localhost:8484", "http://localhost:8484"), std::nullopt);
  for (const char* origin : {"null", "", "https://evil.example", "http://localhost:3000",
                             "https://ai.example.org.evil.example", "ai.example.org"}) {
    EXPECT_EQ(judged("ai.example.org", origin), ErrorCode::OriginDenied) << origin;
  }
}

TEST(McpDoor, AnOriginThatCameTwiceIsNone) {
  http::Fields fields;
  fields.add({"Host", "localhost"});
  fields.add({"Origin", "http://localhost"});
  fields.add({"origin", "https://evil.example"});
  EXPECT_EQ(judge_origin(fields, "http://localhost"), ErrorCode::OriginDenied);
}

}  // namespace
}  // namespace srasta::gateway
