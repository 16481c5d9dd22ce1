#include "json/walk.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace srasta::json {
namespace {

TEST(Walk, PassesEveryKindOfValue) {
  const std::string_view values[] = {
      "null",    "true", "false", "-1.5e3",        R"("a\"b\\")",
      R"("\\")", "[]",   "{}",    R"([1,"]",{}])", R"({"a":[{}],"}":"{"})",
      R"("")"};
  std::string text = "[ ";
  for (const std::string_view value : values) {
    if (text.size() > 2) text += "\n,\t";
    text += value;
  }
  text += " ]";

  std::vector<std::string_view> seen;
  Walk walk(text);
  walk.elements([&] { seen.push_back(walk.skip()); });

  EXPECT_EQ(seen, std::vector<std::string_view>(std::begin(values), std::end(values)));
  EXPECT_EQ(walk.skip(), "");
}

TEST(Walk, VisitsNestedMembersInOrder) {
  const std::string_view text = R"({ "a" : { "b\n":"x\"y", "c":[ 1 , [ ] ,"z" ] } , "d":null})";
  std::string seen;
  Walk walk(text);
  const auto visit = [&](const auto& self) -> void {
    switch (walk.kind()) {
      case Kind::Object:
        return walk.members([&](std::string_view key) {
          seen += std::string(key) + "=";
          self(self);
          seen += ";";
        });
      case Kind::Array:
        seen += "[";
        walk.elements([&] { self(self); });
        seen += "]";
        return;
      case Kind::String:
        seen += "'" + std::string(walk.string()) + "'";
        return;
      default:
        seen += walk.skip();
    }
  };
  visit(visit);
  EXPECT_EQ(seen, R"(a=b\n='x\"y';c=[1[]'z'];;d=null;)");
}

TEST(Walk, StaysWithinTextsThatWereNotScanned) {
  for (const std::string_view text : {"", "{", "[1", R"({"a)", R"({"a":)", R"("\)", "[[[", "}"}) {
    Walk objects(text);
    objects.members([&](std::string_view) { (void)objects.skip(); });
    Walk arrays(text);
    (void)arrays.kind();
    (void)arrays.skip();
    EXPECT_LE(arrays.string().size(), text.size());
  }
}

TEST(UnescapedSize, IsTheLengthOfTheResolvedText) {
  for (const std::string_view raw :
       {"", "plain", R"(\n\t\"\\\/)", R"(\u0041)", R"(\u00e9)", R"(\u20ac)", R"(\ud83d\ude00)",
        R"(a\ud83dz)", R"(\ud83d\u0041)", R"(\ude00)", "\xC3\xA9", R"(\\u0041)", R"(\u0000)"}) {
    EXPECT_EQ(unescaped_size(raw), unescape(raw).size()) << raw;
  }
}

TEST(UnescapedSize, AsJsonCountsTheEscapesThatMustBe) {
  EXPECT_EQ(unescaped_size(R"(\n\"\\)", true), 6U);
  EXPECT_EQ(unescaped_size(R"(\u0001\u0022)", true), 12U);
  EXPECT_EQ(unescaped_size(R"(\u00e9\ud83d\ude00)", true), 6U);
}

}  // namespace
}  // namespace srasta::json
