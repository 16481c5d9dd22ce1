#include "json/skim.h"

#include <gtest/gtest.h>

namespace srasta::json {
namespace {

std::string usage_of(std::string_view text) {
  return std::string(skim_member(text, "usage").value_or("(none)"));
}

TEST(SkimMember, FindsTheOutermostMember) {
  EXPECT_EQ(usage_of(R"({"usage":{"a":1}})"), R"({"a":1})");
  EXPECT_EQ(usage_of(" {\n \"x\" : [1, {\"usage\":2}, \"]\"] ,\n \"usage\" : 3 \n} "), "3");
  EXPECT_EQ(usage_of(R"({"x":{"usage":1},"y":"\"usage\":{","usage":null,"z":true})"), "null");
  EXPECT_EQ(usage_of(R"({"usage":"text with \" and \\","z":1})"), R"("text with \" and \\")");
}

TEST(SkimMember, TakesTheLastOfSeveral) {
  EXPECT_EQ(usage_of(R"({"usage":1,"usage":2})"), "2");
}

TEST(SkimMember, FindsNothingWhereNothingIs) {
  for (const char* text :
       {"", "[]", "{}", "{", "{\"usage", "{\"usage\"", "{\"usage\":", "{\"usage\":1",
        "{\"usage\":{\"a\":1}", "{\"usage\":\"x", "\"usage\":1", "{\"usag\":1}",
        "{\"a\\\"usage\":1}", "{\"x\":[{\"usage\":1}]}", "{\"x\\"}) {
    EXPECT_EQ(usage_of(text), "(none)") << text;
  }
}

TEST(SkimCount, ReadsPlainWholeNumbersOnly) {
  EXPECT_EQ(skim_count(R"({"n": 12 })", "n"), 12);
  for (const char* text : {R"({"n":-1})", R"({"n":1.0})", R"({"n":"1"})", R"({"n":1e3})",
                           R"({"n":99999999999999999999})", R"({"n":null})", R"({"m":1})"}) {
    EXPECT_FALSE(skim_count(text, "n").has_value()) << text;
  }
}

}  // namespace
}  // namespace srasta::json
