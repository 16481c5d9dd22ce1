#include "rounds.h"

#include "base/encoding.h"
#include "crypto/hash.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace srasta::mcp_fixtures {
namespace {

using mcp::Asked;

/// One thing that is asked of the client, which must have said that it can answer.
struct Question {
  std::string_view key;
  std::string_view capability;
  std::string_view json;
};
using Round = std::vector<Question>;

struct Asking {
  std::string_view name;
  std::vector<Round> rounds;
  bool only_what_can_be_answered = false;  ///< else a client that cannot answer all is refused
  bool is_prompt = false;
};

Question elicit(std::string_view key, std::string_view json) {
  return {key, "elicitation", json};
}

constexpr std::string_view kName =
    R"({"method":"elicitation/create","params":{"mode":"form","message":"What is your name?","requestedSchema":{"type":"object","properties":{"name":{"type":"string"}},"required":["name"]}}})";
constexpr std::string_view kColor =
    R"({"method":"elicitation/create","params":{"mode":"form","message":"Step 2: What is your favorite color?","requestedSchema":{"type":"object","properties":{"color":{"type":"string"}},"required":["color"]}}})";
constexpr std::string_view kConfirm =
    R"({"method":"elicitation/create","params":{"mode":"form","message":"Please confirm","requestedSchema":{"type":"object","properties":{"ok":{"type":"boolean"}},"required":["ok"]}}})";
constexpr std::string_view kContext =
    R"({"method":"elicitation/create","params":{"mode":"form","message":"What context should the prompt use?","requestedSchema":{"type":"object","properties":{"context":{"type":"string"}},"required":["context"]}}})";
constexpr std::string_view kSample =
    R"({"method":"sampling/createMessage","params":{"messages":[{"role":"user","content":{"type":"text","text":"What is the capital of France?"}}],"maxTokens":100}})";
constexpr std::string_view kRoots = R"({"method":"roots/list","params":{}})";

const std::vector<Asking>& all() {
  const Question sample{"capital_question", "sampling", kSample};
  const Question roots{"client_roots", "roots", kRoots};
  static const std::vector<Asking> kAll = {
      {.name = "test_input_required_result_elicitation", .rounds = {{elicit("user_name", kName)}}},
      {.name = "test_input_required_result_sampling", .rounds = {{sample}}},
      {.name = "test_input_required_result_list_roots", .rounds = {{roots}}},
      {.name = "test_input_required_result_request_state",
       .rounds = {{elicit("confirm", kConfirm)}}},
      {.name = "test_input_required_result_tampered_state",
       .rounds = {{elicit("confirm", kConfirm)}}},
      {.name = "test_input_required_result_multiple_inputs",
       .rounds = {{elicit("user_name", kName), sample, roots}}},
      {.name = "test_input_required_result_multi_round",
       .rounds = {{elicit("step1", kName)}, {elicit("step2", kColor)}}},
      {.name = "test_input_required_result_capabilities",
       .rounds = {{elicit("user_name", kName), sample}},
       .only_what_can_be_answered = true},
      {.name = "test_missing_capability", .rounds = {{sample}}},
      {.name = "test_streaming_elicitation", .rounds = {{elicit("user_name", kName)}}},
      {.name = "test_input_required_result_prompt",
       .rounds = {{elicit("user_context", kContext)}},
       .is_prompt = true}};
  return kAll;
}

bool declares(const Asked& asked, std::string_view capability) {
  const auto* const all_of_them = asked.meta.find("io.modelcontextprotocol/clientCapabilities");
  const auto members =
      all_of_them != nullptr ? mcp::read_members(all_of_them->value) : std::nullopt;
  return members && members->find(capability) != nullptr;
}

std::string state_of(std::string_view name, size_t round, std::string_view key) {
  const std::string text = fmt::format("{}", round);
  const auto mac = crypto::hmac_sha256(key, fmt::format("{} {}", name, text));
  const std::string_view bytes(reinterpret_cast<const char*>(mac.data()), mac.size());
  return text + "." + base::to_hex(bytes);
}

/// The round that the client answers; nothing: its state is not what was given out.
std::optional<size_t> round_of(const Asked& asked, const Asking& asking, std::string_view key) {
  const json::Member* const state = asked.members.find("requestState");
  if (state == nullptr) return 0;
  const auto text = json::string_value(*state);
  for (size_t round = 0; text && round < asking.rounds.size(); ++round) {
    if (base::equal_constant_time(*text, state_of(asking.name, round, key))) return round;
  }
  return std::nullopt;
}

bool answers(const Asked& asked, const Round& round) {
  const json::Member* const given = asked.members.find("inputResponses");
  const auto responses = given != nullptr ? mcp::read_members(given->value) : std::nullopt;
  return responses && std::ranges::all_of(round, [&](const Question& question) {
           const json::Member* const one = responses->find(question.key);
           return one != nullptr && one->kind == json::Kind::Object;
         });
}

mcp::Reply ask(const Asked& asked, const mcp::ServerFacts& server, const Round& round,
               std::string_view state) {
  std::string questions;
  for (const Question& question : round) {
    questions +=
        fmt::format(R"({}"{}":{})", questions.empty() ? "" : ",", question.key, question.json);
  }
  const std::string members =
      fmt::format(R"({{"inputRequests":{{{}}},"requestState":"{}"}})", questions, state);
  return mcp::result_reply(asked.id, asked.stateless, server, members, {}, "input_required");
}

mcp::Reply lacking(const Asked& asked, std::string_view capability) {
  return mcp::fault_reply({.code = mcp::kMissingCapability,
                           .reason = "CAPABILITY_MISSING",
                           .what = "The client did not declare a capability that this needs.",
                           .id = asked.id},
                          400, fmt::format(R"(,"requiredCapabilities":{{"{}":{{}}}})", capability));
}

}  // namespace

std::vector<std::string_view> tools_with_rounds() {
  std::vector<std::string_view> names;
  for (const Asking& asking : all()) {
    if (!asking.is_prompt) names.push_back(asking.name);
  }
  return names;
}

std::optional<mcp::Reply> reply_in_rounds(const Asked& asked, const mcp::ServerFacts& server,
                                          std::string_view key) {
  const auto found = std::ranges::find(all(), asked.name, &Asking::name);
  if (found == all().end() || found->is_prompt != (asked.method == "prompts/get")) {
    return std::nullopt;
  }
  const auto at = round_of(asked, *found, key);
  if (!at) {
    return mcp::fault_reply({.code = mcp::kInvalidParams,
                             .reason = "STATE_FOREIGN",
                             .what = "This state was not given out here.",
                             .id = asked.id},
                            200);
  }
  const bool answered = answers(asked, found->rounds[*at]);
  const size_t next = answered ? *at + 1 : *at;
  if (next == found->rounds.size()) {
    const std::string_view content =
        found->is_prompt
            ? R"({"messages":[{"role":"user","content":{"type":"text","text":"In context."}}]})"
            : R"({"content":[{"type":"text","text":"state-ok"}]})";
    return mcp::result_reply(asked.id, asked.stateless, server, content);
  }
  Round round = found->rounds[next];
  if (found->only_what_can_be_answered) {
    std::erase_if(round, [&](const Question& one) { return !declares(asked, one.capability); });
  }
  for (const Question& question : round) {
    if (!declares(asked, question.capability)) return lacking(asked, question.capability);
  }
  return ask(asked, server, round, state_of(found->name, next, key));
}

}  // namespace srasta::mcp_fixtures
