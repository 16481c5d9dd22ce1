#include "telemetry/header_lines.h"

#include <gtest/gtest.h>

namespace srasta::telemetry {
namespace {

std::string lines_of(std::string text) {
  const auto lines = parse_header_lines(base::Secret(std::move(text)));
  return lines ? std::string(lines->expose()) : "refused";
}

TEST(HeaderLines, BecomeFieldsOfARequest) {
  EXPECT_EQ(
      lines_of("# for the collector\nAuthorization: Bearer abc\r\n\n  X-Scope-OrgID:team-1 \n"),
      "Authorization: Bearer abc\r\nX-Scope-OrgID: team-1\r\n");
  EXPECT_EQ(lines_of("a: b: c"), "a: b: c\r\n");
}

TEST(HeaderLines, AreRefusedWhenTheyAreNone) {
  for (const char* text : {"Bearer abc", "a b: c", ": c", "a:", "a: b\x01", "a: \xC3\xA9",
                           "Host: x", "content-length: 3", "Transfer-Encoding: chunked"}) {
    EXPECT_EQ(lines_of(text), "refused") << text;
  }
}

TEST(HeaderLines, AreNotInTheError) {
  const auto lines = parse_header_lines(base::Secret("a: b\nsecret-word"));
  ASSERT_FALSE(lines.ok());
  EXPECT_EQ(lines.error().message.find("secret"), std::string::npos);
  EXPECT_NE(lines.error().message.find("line 2"), std::string::npos);
}

}  // namespace
}  // namespace srasta::telemetry
