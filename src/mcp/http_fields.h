#pragma once

#include "base/result.h"

#include <optional>
#include <string>
#include <string_view>

namespace srasta::mcp {

/// What the Model Context Protocol looks at of a request's header. A field that came more than once
/// holds all its values, separated by ", ": it equals nothing.
struct HttpFields {
  std::optional<std::string> accept;
  std::optional<std::string> version;  ///< MCP-Protocol-Version
  std::optional<std::string> method;   ///< Mcp-Method
  std::optional<std::string> name;     ///< Mcp-Name
};

/// Whether a client takes both kinds of answers, as every revision wants it.
[[nodiscard]] bool accepts_answers(const HttpFields& fields);

/// The value of a field as it was meant: `=?base64?...?=` decoded, everything else as it is.
/// Nothing: it is written like that and is not base64 of UTF-8.
[[nodiscard]] std::optional<std::string> meant_value(std::string_view field);

/// A message with its fields on the way from one process of the platform to the next: one line of
/// JSON, then the message, every byte as it came.
[[nodiscard]] std::string wrap(const HttpFields& fields, std::string_view message);

struct Wrapped {
  HttpFields fields;
  std::string_view message;  ///< of the text that was unwrapped
};
[[nodiscard]] base::Result<Wrapped> unwrap(std::string_view text);

}  // namespace srasta::mcp
