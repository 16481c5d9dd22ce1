#include "mcp/message.h"

#include <gtest/gtest.h>

namespace srasta::mcp {
namespace {

std::string_view reason_of(std::string_view text) {
  const auto message = read_message(text);
  return message ? std::string_view("taken") : message.error().reason;
}

TEST(Message, KindsAreToldByTheirMembers) {
  const auto request = read_message(R"({"jsonrpc":"2.0","id":"a","method":"ping"})");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->kind, Message::Kind::Request);
  EXPECT_EQ(request->id, "\"a\"");
  EXPECT_EQ(request->params, "{}");
  const auto notification = read_message(R"({"jsonrpc":"2.0","method":"n","params":{"x":1}})");
  ASSERT_TRUE(notification);
  EXPECT_EQ(notification->kind, Message::Kind::Notification);
  EXPECT_NE(notification->members.find("x"), nullptr);
  const auto response = read_message(R"({"jsonrpc":"2.0","id":7,"result":{}})");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->kind, Message::Kind::Response);
}

TEST(Message, WhatIsNoMessageIsRefused) {
  EXPECT_EQ(reason_of(""), "JSON_INVALID");
  EXPECT_EQ(reason_of("{}"), "JSON_INVALID");
  EXPECT_EQ(reason_of(R"(  [{"jsonrpc":"2.0","id":1,"method":"ping"}])"), "BATCH_UNSUPPORTED");
  EXPECT_EQ(reason_of(R"({"jsonrpc":"1.0","id":1,"method":"ping"})"), "JSON_INVALID");
  EXPECT_EQ(reason_of(R"({"jsonrpc":"2.0","id":null,"method":"ping"})"), "JSON_INVALID");
  EXPECT_EQ(reason_of(R"({"jsonrpc":"2.0","id":1.5,"method":"ping"})"), "JSON_INVALID");
  EXPECT_EQ(reason_of(R"({"jsonrpc":"2.0","id":1,"method":""})"), "JSON_INVALID");
  EXPECT_EQ(reason_of(R"({"jsonrpc":"2.0","id":1,"method":"a","result":{}})"), "JSON_INVALID");
  EXPECT_EQ(reason_of(R"({"jsonrpc":"2.0","id":1,"method":"a","params":[]})"), "JSON_INVALID");
  EXPECT_EQ(reason_of(R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"n":"\ud800"}})"),
            "JSON_INVALID");
  EXPECT_EQ(reason_of("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\"}"), "JSON_INVALID");
  const std::string deep(100, '[');
  EXPECT_EQ(reason_of(R"({"jsonrpc":"2.0","id":1,"method":"a","params":)" + deep), "JSON_TOO_DEEP");
}

TEST(Message, KeysThatAnotherReaderCouldTakeForOthersAreRefused) {
  EXPECT_EQ(reason_of(R"({"jsonrpc":"2.0","id":1,"method":"a","method":"b"})"), "JSON_INVALID");
  EXPECT_EQ(reason_of(R"({"jsonrpc":"2.0","id":1,"method":"a","Method":"b"})"), "JSON_INVALID");
  EXPECT_EQ(reason_of(R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"name":"a","NAME":"b"}})"),
            "JSON_INVALID");
  EXPECT_EQ(
      reason_of(
          "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"params\":{\"argument\u017F\":{}}}"),
      "JSON_INVALID");
  EXPECT_EQ(reason_of(R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"progre\u017fsToken":1}})"),
            "JSON_INVALID");
  EXPECT_EQ(reason_of(R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"progressToken":1}})"),
            "taken");
  EXPECT_EQ(reason_of(R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"Other":1,"other":2}})"),
            "taken");
}

TEST(Message, AFaultHasTheIdWhereItCanBeRead) {
  const auto message = read_message(R"({"jsonrpc":"2.0","id":"x\"y","method":"a","more":1})");
  ASSERT_FALSE(message);
  EXPECT_EQ(message.error().id, R"("x\"y")");
}

}  // namespace
}  // namespace srasta::mcp
