#include "json/document.h"

#include "json/writer.h"

#include <gtest/gtest.h>

namespace srasta::json {
namespace {

TEST(Document, ReadsKindsWithoutCoercion) {
  const auto document =
      Document::parse(R"({"s":"x","i":3,"f":3.0,"b":true,"a":[1,2],"o":{"k":"v"}})");
  ASSERT_TRUE(document.ok());
  const Value root = document->root();

  EXPECT_EQ(root.find("s")->string(), "x");
  EXPECT_EQ(root.find("i")->integer(), 3);
  EXPECT_FALSE(root.find("f")->integer());
  EXPECT_FALSE(root.find("i")->string());
  EXPECT_EQ(root.find("a")->size(), 2U);
  EXPECT_EQ(root.find("a")->at(1).integer(), 2);
  EXPECT_EQ(root.pointer("/o/k")->string(), "v");
  EXPECT_FALSE(root.pointer("/o/none"));
  EXPECT_FALSE(root.pointer("o"));
}

TEST(Document, RefusesRepeatedKeysAtEveryLevel) {
  const auto document = Document::parse(R"({"o":{"k":1,"k":2}})");

  ASSERT_FALSE(document.ok());
  EXPECT_EQ(document.error().detail, "duplicate_key");
}

TEST(Writer, PlacesCommasAndEscapes) {
  Writer writer;
  writer.begin_object().member("a", "q\"").key("b").begin_array().integer(1).null().end_array();
  writer.member("c", true).end_object();

  EXPECT_EQ(writer.text(), R"({"a":"q\"","b":[1,null],"c":true})");
  EXPECT_TRUE(Document::parse(writer.text()).ok());
}

}  // namespace
}  // namespace srasta::json
