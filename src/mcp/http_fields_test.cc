#include "mcp/http_fields.h"

#include <gtest/gtest.h>

namespace srasta::mcp {
namespace {

TEST(HttpFields, AcceptNamesBothKinds) {
  const auto accepts = [](const char* value) { return accepts_answers({.accept = value}); };
  EXPECT_TRUE(accepts("application/json, text/event-stream"));
  EXPECT_TRUE(accepts("text/event-stream;q=0.5 ,\tAPPLICATION/JSON"));
  EXPECT_TRUE(accepts("*/*"));
  EXPECT_FALSE(accepts("application/json"));
  EXPECT_FALSE(accepts("application/jsonx, text/event-stream"));
  EXPECT_FALSE(accepts(""));
  EXPECT_FALSE(accepts(" , "));
  EXPECT_FALSE(accepts_answers({}));
}

TEST(HttpFields, EncodedValuesAreStrict) {
  EXPECT_EQ(meant_value("file_read"), "file_read");
  EXPECT_EQ(meant_value("=?base64?ZmlsZV9yZWFk?="), "file_read");
  EXPECT_EQ(meant_value("=?base64?SGVsbG8=?="), "Hello");
  EXPECT_EQ(meant_value("=?base64?SGVsbG8?="), std::nullopt);  // padding is missing
  EXPECT_EQ(meant_value("=?base64?SGVs!!bG8?="), std::nullopt);
  EXPECT_EQ(meant_value("=?base64?/w==?="), std::nullopt);  // not UTF-8
  EXPECT_EQ(meant_value("=?base64?"), "=?base64?");
  EXPECT_EQ(meant_value("SGVsbG8=?="), "SGVsbG8=?=");
}

TEST(HttpFields, WrappedComesBackByteForByte) {
  const std::string message("{\"a\":\"\xff\"}\n\nrest");
  const HttpFields fields{
      .accept = "a, b", .version = std::nullopt, .method = "", .name = "\xc3\xa4\""};
  const std::string text = wrap(fields, message);
  const auto back = unwrap(text);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->message, message);
  EXPECT_EQ(back->fields.accept, fields.accept);
  EXPECT_EQ(back->fields.version, std::nullopt);
  EXPECT_EQ(back->fields.method, "");
  EXPECT_EQ(back->fields.name, fields.name);
}

TEST(HttpFields, WhatIsNotWrappedIsRefused) {
  EXPECT_FALSE(unwrap(""));
  EXPECT_FALSE(unwrap("{}"));
  EXPECT_FALSE(unwrap("[]\n{}"));
  EXPECT_FALSE(unwrap("{\"accept\":1}\n{}"));
  EXPECT_FALSE(unwrap("{\"other\":\"\"}\n{}"));
}

}  // namespace
}  // namespace srasta::mcp
