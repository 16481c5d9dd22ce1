#include "json/scanner.h"

#include <gtest/gtest.h>

namespace srasta::json {
namespace {

TEST(ScanObject, FindsTopLevelMembersAsWritten) {
  const std::string text = R"( {"model" : "a\u0062", "n":-1.5e3,"list":[1,{"x":null}],"t":true} )";

  const ScanOutcome scan = scan_object(text);

  ASSERT_TRUE(scan.ok());
  ASSERT_EQ(scan.object.members().size(), 4U);
  EXPECT_EQ(scan.object.find("model")->value, R"("a\u0062")");
  EXPECT_EQ(string_value(*scan.object.find("model")), "ab");
  EXPECT_EQ(scan.object.find("list")->kind, Kind::Array);
  EXPECT_EQ(scan.object.find("list")->value, R"([1,{"x":null}])");
  EXPECT_EQ(scan.object.find("absent"), nullptr);
}

TEST(ScanObject, NamesTheFault) {
  const std::pair<std::string_view, Fault> cases[] = {
      {"", Fault::Syntax},
      {"[]", Fault::NotAnObject},
      {"null", Fault::NotAnObject},
      {"{", Fault::Syntax},
      {"{}x", Fault::Syntax},
      {"{} {}", Fault::Syntax},
      {"\xEF\xBB\xBF{}", Fault::Syntax},
      {R"({"a":1,})", Fault::Syntax},
      {R"({a:1})", Fault::Syntax},
      {R"({"a":01})", Fault::Syntax},
      {R"({"a":1.})", Fault::Syntax},
      {R"({"a":+1})", Fault::Syntax},
      {R"({"a":NaN})", Fault::Syntax},
      {R"({"a":'b'})", Fault::Syntax},
      {"{\"a\":\"\n\"}", Fault::Syntax},
      {"{\"a\":\"b\0\"}", Fault::Syntax},
      {R"({"a":"\x"})", Fault::Syntax},
      {R"({"a":"\u12"})", Fault::Syntax},
      {R"({"a":"\ud800"})", Fault::Syntax},
      {R"({"a":"\ude00"})", Fault::Syntax},
      {R"({"a":"\ud800\u0041"})", Fault::Syntax},
      {"{\"a\":\"\xC3\x28\"}", Fault::Utf8},
      {"{\"a\":\"\xED\xA0\x80\"}", Fault::Utf8},
      {R"({"a":1,"a":2})", Fault::DuplicateKey},
      {R"({"a":1,"\u0061":2})", Fault::DuplicateKey},
      {"{\"a\":1 /*c*/}", Fault::Syntax},
  };
  for (const auto& [text, fault] : cases) EXPECT_EQ(scan_object(text).fault, fault) << text;
}

TEST(ScanObject, CountsDepthFromTheOutermostObject) {
  const auto nested = [](size_t levels) {
    return R"({"a":)" + std::string(levels, '[') + std::string(levels, ']') + "}";
  };

  EXPECT_TRUE(scan_object(nested(63)).ok());
  EXPECT_EQ(scan_object(nested(64)).fault, Fault::Depth);
  EXPECT_EQ(scan_object(nested(1'000'000)).fault, Fault::Depth);
}

TEST(ScanObject, MindsNestedRepeatsOnlyWhenAsked) {
  constexpr std::string_view kText = R"({"a":{"b":1,"b":2}})";

  EXPECT_TRUE(scan_object(kText).ok());
  EXPECT_EQ(scan_object(kText, {.unique_everywhere = true}).fault, Fault::DuplicateKey);
}

TEST(ScanObject, RefusesEveryProperPrefix) {
  const std::string text = R"({"a":"\ud83d\ude00é","b":[1.5e-3,true,null,{}],"c":{"d":"x"}})";
  ASSERT_TRUE(scan_object(text).ok());
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(scan_object(text.substr(0, size)).ok()) << size;
  }
}

TEST(ScanObject, LetsLoneSurrogatesPassOnlyWhenAskedAndNeverAsAValue) {
  const auto scan =
      scan_object(R"({"cut":"\ud83d","x":"\ude00\ud83dA"})", {.lone_surrogates = true});

  ASSERT_TRUE(scan.ok());
  EXPECT_FALSE(string_value(*scan.object.find("cut")));
  EXPECT_EQ(unescape(R"(\ud83dA)"),
            "\xEF\xBF\xBD"
            "A");
}

TEST(Unescape, ResolvesEveryForm) {
  EXPECT_EQ(unescape(R"(\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00)"),
            "\"\\/\b\f\n\r\t\xC3\xA9\xF0\x9F\x98\x80");
}

TEST(IntegerValue, TakesWholeNumbersThatFit) {
  const auto scan = scan_object(R"({"a":12,"b":1.0,"c":9223372036854775808,"d":"1","e":-3})");
  EXPECT_EQ(integer_value(*scan.object.find("a")), 12);
  EXPECT_FALSE(integer_value(*scan.object.find("b")));
  EXPECT_FALSE(integer_value(*scan.object.find("c")));
  EXPECT_FALSE(integer_value(*scan.object.find("d")));
  EXPECT_EQ(integer_value(*scan.object.find("e")), -3);
}

}  // namespace
}  // namespace srasta::json
