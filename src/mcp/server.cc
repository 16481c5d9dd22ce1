#include "mcp/server.h"

#include "json/writer.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace srasta::mcp {
namespace {

constexpr int kBadRequest = 400;
constexpr int kNotFound = 404;
constexpr int kNotAcceptable = 406;
constexpr int kAccepted = 202;
/// Revisions with a handshake, the newest first.
constexpr std::array<std::string_view, 3> kOlder = {kWithHandshake, "2025-06-18", "2025-03-26"};
constexpr std::string_view kVersionKey = "io.modelcontextprotocol/protocolVersion";
constexpr std::string_view kCapabilitiesKey = "io.modelcontextprotocol/clientCapabilities";

using Outcome = std::variant<Asked, Reply>;

Fault mismatch(const Message& message, std::string_view what) {
  return {.code = kHeaderMismatch, .reason = "HDR_MISMATCH", .what = what, .id = message.id};
}

Fault missing(const Message& message, std::string_view what) {
  return {.code = kHeaderMismatch, .reason = "HDR_MISSING", .what = what, .id = message.id};
}

Fault wrong_params(const Message& message, std::string_view reason, std::string_view what) {
  return {.code = kInvalidParams, .reason = reason, .what = what, .id = message.id};
}

/// The member of `params` that Mcp-Name repeats; empty: the method has none.
std::string_view named_member(std::string_view method) {
  if (method == "tools/call" || method == "prompts/get") return "name";
  if (method == "resources/read") return "uri";
  if (method.starts_with("tasks/")) return "taskId";
  return {};
}

std::optional<std::string> text_member(const json::ObjectView& object, std::string_view key) {
  const json::Member* const member = object.find(key);
  return member != nullptr ? json::string_value(*member) : std::nullopt;
}

bool is_supported(std::string_view version) {
  return version == kStateless || std::ranges::find(kOlder, version) != kOlder.end();
}

Reply unsupported(const Message& message, std::string_view version) {
  json::Writer writer;
  writer.begin_object().key("supported").begin_array().string(kStateless);
  for (const std::string_view one : kOlder) writer.string(one);
  writer.end_array().member("requested", version).end_object();
  const std::string& text = writer.text();
  const Fault fault{.code = kUnsupportedVersion,
                    .reason = "PROTO_VERSION",
                    .what = "This revision of the protocol is not spoken here.",
                    .id = message.id};
  return fault_reply(fault, kBadRequest, "," + text.substr(1, text.size() - 2));
}

/// One message with the fields it came with, on its way through the checks.
class Taking {
 public:
  Taking(const HttpFields& fields, const Offer& offer, Message message)
      : fields_(fields), offer_(offer), message_(std::move(message)) {}

  Outcome run() {
    if (auto refused = read_meta()) return *std::move(refused);
    if (auto refused = check_version()) return *std::move(refused);
    if (message_.kind == Message::Kind::Notification) return Reply{.status = kAccepted, .body = {}};
    if (message_.kind == Message::Kind::Response) return take_response();
    if (stateless_) {
      if (const auto fault = check_routing()) return fault_reply(*fault, kBadRequest);
      if (const auto fault = check_meta()) return fault_reply(*fault, kBadRequest);
    }
    return answer();
  }

 private:
  std::optional<Reply> read_meta() {
    const json::Member* const meta = message_.members.find("_meta");
    if (meta == nullptr) return std::nullopt;
    auto members = read_members(meta->value);
    if (!members) {
      return fault_reply(wrong_params(message_, "META_INVALID", "_meta is not a plain object."),
                         kBadRequest);
    }
    meta_ = *std::move(members);
    return std::nullopt;
  }

  /// By the field, or by the message where there is no field: older clients send none with
  /// `initialize`.
  std::optional<Reply> check_version() {
    const auto said = text_member(meta_, kVersionKey);
    if (!fields_.version) {
      if (!said) return std::nullopt;
      return fault_reply(missing(message_, "The field MCP-Protocol-Version is missing."),
                         kBadRequest);
    }
    if (!is_supported(*fields_.version)) return unsupported(message_, *fields_.version);
    if (said && *said != *fields_.version) {
      return fault_reply(mismatch(message_, "MCP-Protocol-Version is not what _meta says."),
                         kBadRequest);
    }
    stateless_ = *fields_.version == kStateless;
    return std::nullopt;
  }

  /// Nobody here asks clients anything, so nobody waits for an answer.
  Outcome take_response() const {
    return fault_reply({.code = kInvalidRequest,
                        .reason = "RESPONSE_UNASKED",
                        .what = "Nothing was asked that this could answer."},
                       kBadRequest);
  }

  [[nodiscard]] std::optional<Fault> check_routing() const {
    if (!fields_.method) return missing(message_, "The field Mcp-Method is missing.");
    if (meant_value(*fields_.method) != message_.method) {
      return mismatch(message_, "Mcp-Method is not the method of the message.");
    }
    const std::string_view key = named_member(message_.method);
    const auto name = key.empty() ? std::nullopt : text_member(message_.members, key);
    if (!name) {
      if (!fields_.name) return std::nullopt;
      return mismatch(message_, "Mcp-Name names what the message does not.");
    }
    if (!fields_.name) return missing(message_, "The field Mcp-Name is missing.");
    if (meant_value(*fields_.name) == *name) return std::nullopt;
    return mismatch(message_, "Mcp-Name is not the name in the message.");
  }

  [[nodiscard]] std::optional<Fault> check_meta() const {
    const json::Member* const capabilities = meta_.find(kCapabilitiesKey);
    if (!text_member(meta_, kVersionKey)) {
      return wrong_params(message_, "META_INVALID", "_meta lacks the protocol's version.");
    }
    if (capabilities == nullptr || capabilities->kind != json::Kind::Object) {
      return wrong_params(message_, "META_INVALID", "_meta lacks the client's capabilities.");
    }
    return std::nullopt;
  }

  Outcome answer() {
    if (stateless_ && message_.method == "server/discover") return discover();
    if (!stateless_ && message_.method == "initialize") return initialize();
    if (!stateless_ && message_.method == "ping") return result("{}");
    const auto methods = stateless_ ? offer_.methods : offer_.handshake_methods;
    if (std::ranges::find(methods, message_.method) == methods.end()) {
      return fault_reply({.code = kMethodNotFound,
                          .reason = "METHOD_UNKNOWN",
                          .what = "There is no such method here.",
                          .id = message_.id},
                         stateless_ ? kNotFound : 200);
    }
    return asked();
  }

  Outcome asked() {
    Asked asked{.stateless = stateless_, .id = message_.id, .method = message_.method, .name = {}};
    const std::string_view key = named_member(message_.method);
    if (!key.empty()) {
      auto name = text_member(message_.members, key);
      if (!name) {
        return fault_reply(wrong_params(message_, "ARG_SCHEMA", "The message names nothing."),
                           kBadRequest);
      }
      asked.name = *std::move(name);
    }
    if (const auto* const arguments = message_.members.find("arguments")) {
      asked.arguments = arguments->value;
    }
    asked.params = message_.params;
    asked.members = std::move(message_.members);
    asked.meta = std::move(meta_);
    return asked;
  }

  [[nodiscard]] Reply result(std::string_view members) const {
    return result_reply(message_.id, stateless_, offer_.server, members);
  }

  [[nodiscard]] Outcome discover() const {
    json::Writer writer;
    writer.begin_object().key("supportedVersions").begin_array().string(kStateless);
    for (const std::string_view one : kOlder) writer.string(one);
    writer.end_array().key("capabilities").raw(offer_.capabilities);
    writer.member("ttlMs", int64_t{0}).member("cacheScope", "private").end_object();
    return result(writer.text());
  }

  [[nodiscard]] Outcome initialize() const {
    const auto wished = text_member(message_.members, "protocolVersion");
    const bool known = wished && std::ranges::find(kOlder, *wished) != kOlder.end();
    json::Writer writer;
    writer.begin_object().member("protocolVersion",
                                 known ? std::string_view(*wished) : kWithHandshake);
    writer.key("capabilities").raw(offer_.handshake_capabilities);
    writer.key("serverInfo").begin_object().member("name", offer_.server.name);
    writer.member("version", offer_.server.version).end_object().end_object();
    return result(writer.text());
  }

  const HttpFields& fields_;
  const Offer& offer_;
  Message message_;
  json::ObjectView meta_;
  bool stateless_ = false;
};

}  // namespace

Outcome take(const HttpFields& fields, std::string_view text, const Offer& offer) {
  if (!accepts_answers(fields)) {
    return fault_reply({.code = kInvalidRequest,
                        .reason = "ACCEPT",
                        .what = "Accept must name application/json and text/event-stream."},
                       kNotAcceptable);
  }
  auto message = read_message(text);
  if (!message) return fault_reply(message.error(), kBadRequest);
  return Taking(fields, offer, *std::move(message)).run();
}

}  // namespace srasta::mcp
