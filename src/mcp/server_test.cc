#include "mcp/server.h"

#include <array>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace srasta::mcp {
namespace {

constexpr std::array<std::string_view, 2> kMethods = {"tools/list", "tools/call"};
constexpr Offer kOffer{.server = {.name = "server", .version = "1"},
                       .capabilities = R"({"tools":{}})",
                       .handshake_capabilities = R"({"tools":{}})",
                       .methods = kMethods,
                       .handshake_methods = kMethods};
constexpr std::string_view kMeta =
    R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}})";

HttpFields fields(std::optional<std::string> method, std::optional<std::string> name = {},
                  std::optional<std::string> version = "2026-07-28") {
  return {.accept = "*/*",
          .version = std::move(version),
          .method = std::move(method),
          .name = std::move(name)};
}

std::string message(std::string_view method, std::string_view params) {
  return fmt::format(R"({{"jsonrpc":"2.0","id":1,"method":"{}","params":{{{}}}}})", method, params);
}

Reply reply(const HttpFields& with, std::string_view text) {
  const auto taken = take(with, text, kOffer);
  const Reply* const found = std::get_if<Reply>(&taken);
  return found != nullptr ? *found : Reply{.status = 0, .body = "asked"};
}

TEST(Server, FieldsSayWhatTheMessageSays) {
  const std::string call =
      message("tools/call", fmt::format(R"("name":"a","arguments":{{"x":1}},{})", kMeta));
  const auto taken = take(fields("tools/call", "a"), call, kOffer);
  const Asked* const asked = std::get_if<Asked>(&taken);
  ASSERT_NE(asked, nullptr);
  EXPECT_TRUE(asked->stateless);
  EXPECT_EQ(asked->name, "a");
  EXPECT_EQ(asked->arguments, R"({"x":1})");
  EXPECT_EQ(reply(fields("tools/call", "=?base64?YQ==?="), call).body, "asked");
  EXPECT_EQ(reply(fields("tools/call"), call).fault, "HDR_MISSING");
  EXPECT_EQ(reply(fields(std::nullopt, "a"), call).fault, "HDR_MISSING");
  EXPECT_EQ(reply(fields("tools/list", "a"), call).fault, "HDR_MISMATCH");
  EXPECT_EQ(reply(fields("Tools/call", "a"), call).fault, "HDR_MISMATCH");
  EXPECT_EQ(reply(fields("tools/call", "a, a"), call).fault, "HDR_MISMATCH");
  EXPECT_EQ(reply(fields("tools/call", "b"), call).status, 400);
  EXPECT_EQ(reply(fields("tools/list", "a"), message("tools/list", kMeta)).fault, "HDR_MISMATCH");
}

TEST(Server, RevisionsAreNotMixed) {
  const std::string list = message("tools/list", kMeta);
  EXPECT_EQ(reply(fields("tools/list", {}, "1900-01-01"), list).fault, "PROTO_VERSION");
  EXPECT_EQ(reply(fields("tools/list", {}, "2025-11-25"), list).fault, "HDR_MISMATCH");
  EXPECT_EQ(reply(fields("tools/list", {}, std::nullopt), list).fault, "HDR_MISSING");
  EXPECT_EQ(reply(fields("tools/list"), message("tools/list", "")).fault, "META_INVALID");
  const auto older = take(fields({}, {}, "2025-06-18"), message("tools/list", ""), kOffer);
  ASSERT_TRUE(std::holds_alternative<Asked>(older));
  EXPECT_FALSE(std::get<Asked>(older).stateless);
}

TEST(Server, WhatIsNotThereIsUnknown) {
  const Reply stateless = reply(fields("initialize"), message("initialize", kMeta));
  EXPECT_EQ(stateless.status, 404);
  EXPECT_EQ(stateless.fault, "METHOD_UNKNOWN");
  const Reply older = reply(fields({}, {}, "2025-11-25"), message("server/discover", ""));
  EXPECT_EQ(older.status, 200);
  EXPECT_EQ(older.fault, "METHOD_UNKNOWN");
}

TEST(Server, AnswersWhatNeedsNobodyElse) {
  const Reply found = reply(fields("server/discover"), message("server/discover", kMeta));
  EXPECT_NE(found.body.find(R"("supportedVersions":["2026-07-28")"), std::string::npos);
  EXPECT_NE(found.body.find(R"("resultType":"complete")"), std::string::npos);
  const Reply opened = reply(fields({}, {}, std::nullopt),
                             message("initialize", R"("protocolVersion":"2025-06-18")"));
  EXPECT_NE(opened.body.find(R"("protocolVersion":"2025-06-18")"), std::string::npos);
  EXPECT_EQ(opened.body.find("resultType"), std::string::npos);
  const Reply notified = reply(fields({}, {}, "2025-11-25"),
                               R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  EXPECT_EQ(notified.status, 202);
  EXPECT_TRUE(notified.body.empty());
  const Reply pinged = reply(fields({}, {}, "2025-11-25"), message("ping", ""));
  EXPECT_EQ(pinged.body, R"({"jsonrpc":"2.0","id":1,"result":{}})");
}

TEST(Server, FaultsCarryTheIdOfTheRequest) {
  const Reply wrong = reply(fields("x"), message("x", kMeta));
  EXPECT_NE(wrong.body.find(R"("id":1)"), std::string::npos);
  const Reply unread = reply(fields("x"), "[");
  EXPECT_EQ(unread.body.find(R"("id")"), std::string::npos);
  EXPECT_EQ(reply({}, "{}").status, 406);
}

}  // namespace
}  // namespace srasta::mcp
