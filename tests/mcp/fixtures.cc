#include "fixtures.h"

#include "json/writer.h"
#include "rounds.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace srasta::mcp_fixtures {
namespace {

using mcp::Asked;
using mcp::Reply;

constexpr mcp::ServerFacts kServer{.name = "srasta-conformance", .version = "1"};
constexpr std::array<std::string_view, 8> kMethods = {
    "tools/list",     "tools/call",   "resources/list", "resources/templates/list",
    "resources/read", "prompts/list", "prompts/get",    "completion/complete"};
constexpr std::array<std::string_view, 11> kOlderMethods = {
    "tools/list",       "tools/call",          "resources/list",       "resources/templates/list",
    "resources/read",   "prompts/list",        "prompts/get",          "completion/complete",
    "logging/setLevel", "resources/subscribe", "resources/unsubscribe"};
constexpr std::string_view kOlderCapabilities =
    R"({"tools":{},"resources":{"subscribe":true},"prompts":{},"completions":{},"logging":{}})";
constexpr std::string_view kCapabilities =
    R"({"tools":{},"resources":{},"prompts":{},"completions":{}})";

/// One pixel; a WAV file without samples.
constexpr std::string_view kPng =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+"
    "M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
constexpr std::string_view kWav = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=";

struct Named {
  std::string_view name;
  std::string_view json;
};

/// Tools that always answer the same.
constexpr std::array<Named, 6> kPlainTools = {
    Named{"test_simple_text",
          R"({"content":[{"type":"text","text":"This is a simple text response for testing."}]})"},
    Named{
        "test_embedded_resource",
        R"({"content":[{"type":"resource","resource":{"uri":"test://embedded-resource","mimeType":"text/plain","text":"This is an embedded resource content."}}]})"},
    Named{
        "test_error_handling",
        R"({"isError":true,"content":[{"type":"text","text":"This tool intentionally returns an error for testing"}]})"},
    Named{"test_tool_with_progress", R"({"content":[{"type":"text","text":"done"}]})"},
    Named{"test_tool_with_logging", R"({"content":[{"type":"text","text":"logged"}]})"},
    Named{"test_logging_tool", R"({"content":[{"type":"text","text":"logged"}]})"}};
constexpr std::array<std::string_view, 3> kMediaTools = {"test_image_content", "test_audio_content",
                                                         "test_multiple_content_types"};

std::string image() {
  return fmt::format(R"({{"type":"image","data":"{}","mimeType":"image/png"}})", kPng);
}

std::string media(std::string_view tool) {
  if (tool == kMediaTools[0]) return fmt::format(R"({{"content":[{}]}})", image());
  if (tool == kMediaTools[1]) {
    return fmt::format(R"({{"content":[{{"type":"audio","data":"{}","mimeType":"audio/wav"}}]}})",
                       kWav);
  }
  return fmt::format(
      R"({{"content":[{{"type":"text","text":"Multiple content types test:"}},{},{{"type":"resource","resource":{{"uri":"test://mixed-content-resource","mimeType":"application/json","text":"{{\"test\":\"data\",\"value\":123}}"}}}}]}})",
      image());
}

Answer result(const Asked& asked, std::string_view members) {
  return {.reply = mcp::result_reply(asked.id, asked.stateless, kServer, members)};
}

/// With the hints that lists and reads have.
Answer cacheable(const Asked& asked, std::string_view members) {
  return result(asked, fmt::format(R"({{"ttlMs":0,"cacheScope":"private",{})", members.substr(1)));
}

Answer unknown(const Asked& asked, std::string_view member) {
  json::Writer writer;
  writer.string(asked.name);
  return {.reply = mcp::fault_reply({.code = mcp::kInvalidParams,
                                     .reason = "UNKNOWN",
                                     .what = "There is nothing of that name.",
                                     .id = asked.id},
                                    200, fmt::format(R"(,"{}":{})", member, writer.text()))};
}

Answer list_tools(const Asked& asked) {
  std::vector<std::string_view> names(kMediaTools.begin(), kMediaTools.end());
  for (const Named& tool : kPlainTools) names.push_back(tool.name);
  for (const std::string_view tool : tools_with_rounds()) names.push_back(tool);
  std::ranges::sort(names);
  json::Writer writer;
  writer.begin_object().key("tools").begin_array();
  for (const std::string_view name : names) {
    writer.begin_object().member("name", name).member("description", "For the conformance suite.");
    writer.key("inputSchema").raw(R"({"type":"object","additionalProperties":false})").end_object();
  }
  return cacheable(asked, writer.end_array().end_object().take());
}

/// What a tool tells before its result, to who asked for it.
std::vector<std::string> told_before(const Asked& asked) {
  std::vector<std::string> told;
  const json::Member* const token = asked.meta.find("progressToken");
  if (asked.name == "test_tool_with_progress" && token != nullptr) {
    for (const int done : {0, 50, 100}) {
      told.push_back(fmt::format(
          R"({{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progressToken":{},"progress":{},"total":100}}}})",
          token->value, done));
    }
  }
  const bool wants_log = asked.meta.find("io.modelcontextprotocol/logLevel") != nullptr;
  const bool logs =
      asked.name == "test_logging_tool" ? wants_log : asked.name == "test_tool_with_logging";
  for (int i = 0; logs && i < 3; ++i) {
    told.emplace_back(
        R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"logged"}})");
  }
  return told;
}

Answer call_tool(const Asked& asked, std::string_view key) {
  if (std::ranges::find(kMediaTools, asked.name) != kMediaTools.end()) {
    return result(asked, media(asked.name));
  }
  const auto plain = std::ranges::find(kPlainTools, asked.name, &Named::name);
  if (plain != kPlainTools.end()) {
    Answer answer = result(asked, plain->json);
    answer.before = told_before(asked);
    return answer;
  }
  if (auto reply = reply_in_rounds(asked, kServer, key)) return {.reply = *std::move(reply)};
  return unknown(asked, "name");
}

constexpr std::string_view kResources =
    R"({"resources":[{"uri":"test://static-binary","name":"binary","description":"A pixel.","mimeType":"image/png"},{"uri":"test://static-text","name":"text","description":"A text.","mimeType":"text/plain"}]})";
constexpr std::string_view kTemplates =
    R"({"resourceTemplates":[{"uriTemplate":"test://template/{id}/data","name":"data","description":"By id.","mimeType":"application/json"}]})";

/// The {id} of the template; empty: it is no URI of it.
std::string_view template_id(std::string_view uri) {
  constexpr std::string_view kBegin = "test://template/";
  constexpr std::string_view kEnd = "/data";
  if (!uri.starts_with(kBegin) || !uri.ends_with(kEnd)) return {};
  if (uri.size() <= kBegin.size() + kEnd.size()) return {};
  return uri.substr(kBegin.size(), uri.size() - kBegin.size() - kEnd.size());
}

Answer read_resource(const Asked& asked) {
  json::Writer writer;
  writer.begin_object().key("contents").begin_array().begin_object().member("uri", asked.name);
  const std::string_view id = template_id(asked.name);
  if (asked.name == "test://static-text") {
    writer.member("mimeType", "text/plain");
    writer.member("text", "This is the content of the static text resource.");
  } else if (asked.name == "test://static-binary") {
    writer.member("mimeType", "image/png").member("blob", kPng);
  } else if (!id.empty()) {
    json::Writer inner;
    inner.begin_object().member("id", id).member("templateTest", true).end_object();
    writer.member("mimeType", "application/json").member("text", inner.text());
  } else {
    return unknown(asked, "uri");
  }
  return cacheable(asked, writer.end_object().end_array().end_object().take());
}

constexpr std::string_view kPrompts =
    R"({"prompts":[{"name":"test_input_required_result_prompt","description":"Asks first."},{"name":"test_prompt_with_arguments","description":"Two arguments.","arguments":[{"name":"arg1","required":true},{"name":"arg2","required":true}]},{"name":"test_prompt_with_embedded_resource","description":"A resource.","arguments":[{"name":"resourceUri","required":true}]},{"name":"test_prompt_with_image","description":"An image."},{"name":"test_simple_prompt","description":"A text."}]})";

std::string text_of(const Asked& asked, std::string_view argument) {
  const auto arguments = mcp::read_members(asked.arguments);
  const json::Member* const member = arguments ? arguments->find(argument) : nullptr;
  return member != nullptr ? json::string_value(*member).value_or("") : "";
}

std::string message(std::string_view content) {
  return fmt::format(R"({{"role":"user","content":{}}})", content);
}

std::string text_content(std::string_view text) {
  json::Writer writer;
  return writer.begin_object().member("type", "text").member("text", text).end_object().take();
}

std::string resource_content(std::string_view uri) {
  json::Writer writer;
  writer.begin_object().member("type", "resource").key("resource").begin_object();
  writer.member("uri", uri).member("mimeType", "text/plain");
  return writer.member("text", "Embedded resource content for testing.")
      .end_object()
      .end_object()
      .take();
}

Answer get_prompt(const Asked& asked, std::string_view key) {
  std::string messages;
  if (asked.name == "test_simple_prompt") {
    messages = message(text_content("This is a simple prompt for testing."));
  } else if (asked.name == "test_prompt_with_arguments") {
    messages = message(text_content(fmt::format("Prompt with arguments: arg1='{}', arg2='{}'",
                                                text_of(asked, "arg1"), text_of(asked, "arg2"))));
  } else if (asked.name == "test_prompt_with_embedded_resource") {
    messages = message(resource_content(text_of(asked, "resourceUri"))) + "," +
               message(text_content("Please process the embedded resource above."));
  } else if (asked.name == "test_prompt_with_image") {
    messages = message(image()) + "," + message(text_content("Please analyze the image above."));
  } else if (auto reply = reply_in_rounds(asked, kServer, key)) {
    return {.reply = *std::move(reply)};
  } else {
    return unknown(asked, "name");
  }
  return result(asked, fmt::format(R"({{"messages":[{}]}})", messages));
}

}  // namespace

const mcp::Offer& offer() {
  static const mcp::Offer kOffer{.server = kServer,
                                 .capabilities = kCapabilities,
                                 .handshake_capabilities = kOlderCapabilities,
                                 .methods = kMethods,
                                 .handshake_methods = kOlderMethods};
  return kOffer;
}

Answer answer(const Asked& asked, std::string_view key) {
  if (asked.method == "tools/list") return list_tools(asked);
  if (asked.method == "tools/call") return call_tool(asked, key);
  if (asked.method == "resources/list") return cacheable(asked, kResources);
  if (asked.method == "resources/templates/list") return cacheable(asked, kTemplates);
  if (asked.method == "resources/read") return read_resource(asked);
  if (asked.method == "prompts/list") return cacheable(asked, kPrompts);
  if (asked.method == "prompts/get") return get_prompt(asked, key);
  if (asked.method != "completion/complete") return result(asked, "{}");
  return result(asked, R"({"completion":{"values":["test"],"total":1,"hasMore":false}})");
}

}  // namespace srasta::mcp_fixtures
