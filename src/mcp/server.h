#pragma once

#include "mcp/http_fields.h"
#include "mcp/message.h"
#include "mcp/reply.h"

#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace srasta::mcp {

/// The revision of requests that stand alone, and the newest of those that begin with `initialize`.
inline constexpr std::string_view kStateless = "2026-07-28";
inline constexpr std::string_view kWithHandshake = "2025-11-25";

/// What a server offers. Everything in it outlives it.
struct Offer {
  ServerFacts server;
  /// JSON objects, for `server/discover` and for `initialize`.
  std::string_view capabilities;
  std::string_view handshake_capabilities;
  /// Methods besides `server/discover`, `initialize` and `ping`.
  std::span<const std::string_view> methods;
  std::span<const std::string_view> handshake_methods;
};

/// A request that the one who serves has to answer. Views point into the message, which it must
/// not outlive.
struct Asked {
  bool stateless = true;
  std::string id;      ///< as written
  std::string method;  ///< one of the offer's
  std::string name;    ///< `params.name` or `params.uri`; of methods that have one
  std::string_view params = "{}";
  std::string_view arguments = "{}";  ///< `params.arguments`, whatever it is
  json::ObjectView members = {};      ///< of `params`
  json::ObjectView meta = {};         ///< of `params._meta`
};

/// Judges a message by itself and by the fields it came with, and answers what needs nobody else:
/// faults, `server/discover`, `initialize`, `ping`, and notifications (202). Pure.
[[nodiscard]] std::variant<Asked, Reply> take(const HttpFields& fields, std::string_view text,
                                              const Offer& offer);

}  // namespace srasta::mcp
