#pragma once

#include "json/scanner.h"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::mcp {

/// JSON-RPC codes of this protocol.
inline constexpr int kParseError = -32700;
inline constexpr int kInvalidRequest = -32600;
inline constexpr int kMethodNotFound = -32601;
inline constexpr int kInvalidParams = -32602;
inline constexpr int kInternalError = -32603;
inline constexpr int kHeaderMismatch = -32020;
inline constexpr int kMissingCapability = -32021;
inline constexpr int kUnsupportedVersion = -32022;

/// Why a message is not taken. `reason` and `what` are literals: nothing of the message is in them.
struct Fault {
  int code = kInvalidRequest;
  std::string_view reason;
  std::string_view what;
  std::string id = {};  ///< of the request, as written, where it could be read
};

/// One JSON-RPC message. Views point into the text that was read.
struct Message {
  enum class Kind : uint8_t { Request, Notification, Response };
  Kind kind = Kind::Request;
  std::string id;      ///< of a request, as written: a string or a whole number
  std::string method;  ///< not of a response
  std::string_view params = "{}";
  json::ObjectView members = {};  ///< those of `params`
};

/// Levels of arrays and objects that a message may have.
inline constexpr unsigned kMostDepth = 64;

/// Strict: one JSON object of JSON-RPC's own members, no key twice at any level, none that another
/// reader could take for one of the protocol's because it looks past case, no batch.
[[nodiscard]] std::expected<Message, Fault> read_message(std::string_view text);

/// The members of `object`, JSON text that was read as part of a message: nothing if it is no
/// object or has a key that only looks like one of the protocol's.
[[nodiscard]] std::optional<json::ObjectView> read_members(std::string_view object);

}  // namespace srasta::mcp
