#include "config/values.h"

#include <gtest/gtest.h>

namespace srasta::config {
namespace {

TEST(Duration, NeedsOneUnit) {
  EXPECT_EQ(parse_duration("250ms"), Millis(250));
  EXPECT_EQ(parse_duration("5m"), Millis(300'000));
  EXPECT_EQ(parse_duration("1h"), Millis(3'600'000));
  EXPECT_EQ(parse_duration("2d"), Millis(172'800'000));
  for (const char* text :
       {"", "5", "s", "1.5s", "-1s", "5 s", "1m30s", "5S", "9007199254740993h"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Duration, HasOneCanonicalForm) {
  EXPECT_EQ(format_duration(Millis(120'000)), "120s");
  EXPECT_EQ(format_duration(Millis(1'500)), "1500ms");
}

TEST(Size, RoundTripsItsLargestUnit) {
  for (const char* text : {"32MiB", "1GiB", "1536KiB", "100B"}) {
    EXPECT_EQ(format_size(*parse_size(text)), text);
  }
  for (const char* text : {"32", "32MB", "32 MiB", "1.5GiB", "B", "9999999999GiB"}) {
    EXPECT_FALSE(parse_size(text)) << text;
  }
}

TEST(ParseShare, TakesZeroToOne) {
  EXPECT_EQ(parse_share("0"), 0);
  EXPECT_EQ(parse_share("1"), 1'000'000);
  EXPECT_EQ(parse_share("1.0"), 1'000'000);
  EXPECT_EQ(parse_share("0.25"), 250'000);
  EXPECT_EQ(parse_share("0.000001"), 1);
  for (const char* text : {"", ".5", "0.", "1.5", "2", "-0.1", "0.0000001", "5%", "1e-1", "00.5"}) {
    EXPECT_FALSE(parse_share(text)) << text;
  }
}

TEST(NeedsQuotes, KnowsEveryYamlTrap) {
  for (const char* text : {"no",    "Yes",   "ON",         "off", "y",    "N",    "true", "null",
                           "~",     "",      "12",         "-3",  "1.10", "1e3",  "0x1F", "0o17",
                           "1_000", "12:30", "2026-01-31", ".5",  ".inf", ".NaN", "+1"}) {
    EXPECT_TRUE(needs_quotes(text)) << text;
  }
  for (const char* text : {"acme", "127.0.0.1", "127.0.0.1:8484", "v1.10", "nobody", "/roles",
                           "qwen3-coder", "7b-instruct", "10.0.0.0/8", "-", "0xyz"}) {
    EXPECT_FALSE(needs_quotes(text)) << text;
  }
}

TEST(Names, HaveASmallAlphabet) {
  EXPECT_TRUE(is_name("acme-2"));
  EXPECT_TRUE(is_name(std::string(64, 'a')));
  for (const char* text : {"", "-a", "Acme", "a b", "a/b", "..", "\xC3\xA9"}) {
    EXPECT_FALSE(is_name(text)) << text;
  }
  EXPECT_FALSE(is_name(std::string(65, 'a')));
  EXPECT_TRUE(is_alias_name("Qwen/Qwen3:8b"));
  EXPECT_FALSE(is_alias_name("a*b"));
}

TEST(JsonPointers, FollowRfc6901) {
  EXPECT_TRUE(is_json_pointer("/realm_access/roles"));
  EXPECT_TRUE(is_json_pointer("/https:~1~1srasta.ai~1roles"));
  for (const char* text : {"", "roles", "/a~2", "/a~"}) EXPECT_FALSE(is_json_pointer(text)) << text;
}

}  // namespace
}  // namespace srasta::config
