#include "tools/mcp_words.h"

#include "json/writer.h"
#include "tools/approval_view.h"

#include <array>
#include <srasta_version.h>

#include <fmt/format.h>

namespace srasta::tools {
namespace {

using policy::Reason;

/// Lists follow the policy, which may change at any time.
constexpr int64_t kListFreshMs = 5000;

constexpr std::array<std::string_view, 2> kMethods = {"tools/list", "tools/call"};

const mcp::ServerFacts kServer{.name = "srasta", .version = SRASTA_VERSION};

/// `{"content":[...],"structuredContent":...}`: older clients read the text, newer ones the value.
std::string call_result(std::string_view structured, bool is_error) {
  json::Writer writer;
  writer.begin_object().key("content").begin_array().begin_object();
  writer.member("type", "text").member("text", structured).end_object().end_array();
  writer.key("structuredContent").raw(structured);
  return writer.member("isError", is_error).end_object().take();
}

std::string refusal(const Call& call, const Told& told) {
  const policy::ReasonFacts& facts = policy::facts_of(told.reason);
  json::Writer writer;
  writer.begin_object().member("decision", told.waiting ? "ask" : "deny");
  writer.member("reason", facts.name);
  if (told.waiting) write_waiting(writer, *told.waiting);
  if (told.fault && !told.fault->argument.empty()) {
    writer.member("detail", fmt::format("{} {}", told.fault->argument, told.fault->what));
  }
  if (!facts.hint.empty()) writer.member("hint", facts.hint);
  return writer.member("decisionId", call.request.id.view()).end_object().take();
}

}  // namespace

const mcp::Offer& mcp_offer() {
  static const mcp::Offer offer{.server = kServer,
                                .capabilities = R"({"tools":{}})",
                                .handshake_capabilities = R"({"tools":{}})",
                                .methods = kMethods,
                                .handshake_methods = kMethods};
  return offer;
}

mcp::Reply mcp_call_reply(const mcp::Asked& asked, const Call& call, const Told& told) {
  const bool no_object =
      told.reason == Reason::ArgSchema && told.fault && told.fault->argument.empty();
  if (no_object) {
    return mcp::fault_reply({.code = mcp::kInvalidParams,
                             .reason = "ARG_SCHEMA",
                             .what = "The arguments are not an object.",
                             .id = asked.id},
                            400);
  }
  const std::string meta = fmt::format(R"("srasta/decisionId":"{}",)", call.request.id.view());
  const std::string result =
      told.done() ? call_result(told.result, false) : call_result(refusal(call, told), true);
  return mcp::result_reply(asked.id, asked.stateless, kServer, result, meta);
}

mcp::Reply mcp_list_reply(const mcp::Asked& asked, const Told& told) {
  if (!told.done()) {
    return mcp::fault_reply({.code = mcp::kInternalError,
                             .reason = policy::facts_of(told.reason).name,
                             .what = "Tools cannot be listed now.",
                             .id = asked.id},
                            200);
  }
  const std::string hints =
      asked.stateless ? fmt::format(R"("ttlMs":{},"cacheScope":"private",)", kListFreshMs) : "";
  const std::string members = "{" + hints + told.result.substr(1);
  return mcp::result_reply(asked.id, asked.stateless, kServer, members);
}

}  // namespace srasta::tools
