#include "mcp/message.h"

#include "base/encoding.h"

#include <algorithm>
#include <array>
#include <utility>

namespace srasta::mcp {
namespace {

constexpr std::array<std::string_view, 6> kEnvelope = {"jsonrpc", "id",     "method",
                                                       "params",  "result", "error"};
/// Keys on which something is decided, of parameters and of what is said about them.
constexpr std::array<std::string_view, 18> kDecisive = {
    "_meta",
    "arguments",
    "argument",
    "capabilities",
    "clientinfo",
    "cursor",
    "inputresponses",
    "io.modelcontextprotocol/clientcapabilities",
    "io.modelcontextprotocol/clientinfo",
    "io.modelcontextprotocol/loglevel",
    "io.modelcontextprotocol/protocolversion",
    "name",
    "notifications",
    "progresstoken",
    "protocolversion",
    "ref",
    "requeststate",
    "uri"};
/// As the protocol spells those of `kDecisive` that are not all in lower case.
constexpr std::array<std::string_view, 9> kSpelled = {"clientInfo",
                                                      "inputResponses",
                                                      "io.modelcontextprotocol/clientCapabilities",
                                                      "io.modelcontextprotocol/clientInfo",
                                                      "io.modelcontextprotocol/logLevel",
                                                      "io.modelcontextprotocol/protocolVersion",
                                                      "progressToken",
                                                      "protocolVersion",
                                                      "requestState"};

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != text.npos; at = text.find(from, at)) {
    text.replace(at, from.size(), to);
  }
}

/// Without case, as Unicode folds what becomes ASCII: long s, Kelvin sign, dotless pairs do not.
std::string folded(std::string_view key) {
  std::string text = base::to_lower(key);
  replace_all(text, "\xC5\xBF", "s");
  replace_all(text, "\xE2\x84\xAA", "k");
  return text;
}

bool only_looks_decisive(std::string_view raw) {
  const std::string key = json::unescape(raw);
  const std::string plain = folded(key);
  if (std::ranges::find(kDecisive, plain) == kDecisive.end()) return false;
  const auto spelled =
      std::ranges::find_if(kSpelled, [&](std::string_view one) { return folded(one) == plain; });
  return key != (spelled == kSpelled.end() ? std::string_view(plain) : *spelled);
}

Fault fault_of(json::Fault fault, std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first != text.npos && text[first] == '[') {
    return {.reason = "BATCH_UNSUPPORTED", .what = "Batches are not taken."};
  }
  if (fault == json::Fault::Depth) {
    return {
        .code = kParseError, .reason = "JSON_TOO_DEEP", .what = "The message is nested too deep."};
  }
  return {.code = kParseError,
          .reason = "JSON_INVALID",
          .what = "The body is not one well-formed JSON object with every key once."};
}

Fault wrong_message(std::string id = {}) {
  return {.code = kInvalidRequest,
          .reason = "JSON_INVALID",
          .what = "The body is not a JSON-RPC 2.0 message.",
          .id = std::move(id)};
}

bool is_id(const json::Member& id) {
  return json::string_value(id).has_value() || json::integer_value(id).has_value();
}

/// What kind of message the members of the envelope make; nothing: none.
std::optional<Message::Kind> kind_of(const json::ObjectView& object) {
  const json::Member* const id = object.find("id");
  const bool has_method = object.find("method") != nullptr;
  const bool answers = object.find("result") != nullptr || object.find("error") != nullptr;
  if (id != nullptr && !is_id(*id)) return std::nullopt;
  if (has_method == answers) return std::nullopt;
  if (answers) return Message::Kind::Response;
  return id != nullptr ? Message::Kind::Request : Message::Kind::Notification;
}

}  // namespace

std::optional<json::ObjectView> read_members(std::string_view object) {
  json::ScanOutcome scanned =
      json::scan_object(object, {.depth = kMostDepth, .unique_everywhere = true});
  if (!scanned.ok()) return std::nullopt;
  for (const json::Member& member : scanned.object.members()) {
    if (only_looks_decisive(member.key)) return std::nullopt;
  }
  return std::move(scanned.object);
}

std::expected<Message, Fault> read_message(std::string_view text) {
  const json::ScanOutcome scanned =
      json::scan_object(text, {.depth = kMostDepth, .unique_everywhere = true});
  if (!scanned.ok()) return std::unexpected(fault_of(scanned.fault, text));
  const json::ObjectView& object = scanned.object;
  Message message;
  if (const json::Member* const id = object.find("id"); id != nullptr && is_id(*id)) {
    message.id = std::string(id->value);
  }
  for (const json::Member& member : object.members()) {
    const bool known = std::ranges::find(kEnvelope, json::unescape(member.key)) != kEnvelope.end();
    if (!known) return std::unexpected(wrong_message(message.id));
  }
  const json::Member* const version = object.find("jsonrpc");
  const auto kind = kind_of(object);
  if (!kind || version == nullptr || json::string_value(*version) != "2.0") {
    return std::unexpected(wrong_message(message.id));
  }
  message.kind = *kind;
  if (message.kind == Message::Kind::Response) return message;
  auto method = json::string_value(*object.find("method"));
  if (!method || method->empty()) return std::unexpected(wrong_message(message.id));
  message.method = *std::move(method);
  if (const json::Member* const params = object.find("params")) message.params = params->value;
  auto members = read_members(message.params);
  if (!members) return std::unexpected(wrong_message(message.id));
  message.members = *std::move(members);
  return message;
}

}  // namespace srasta::mcp
