#pragma once

#include "json/document.h"
#include "policy/reason.h"
#include "policy/tool.h"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::policy {

/// The arguments of one call, of which each is known, of its type and within its bounds, and none
/// that is required is missing. Refers to the document that it was read from.
class Arguments {
 public:
  struct Fault {
    Reason reason = Reason::ArgSchema;  ///< or ArgUnknownField
    std::string argument;               ///< "edits", "params.filter"
    std::string what;                   ///< one clause; holds no value of the call
  };
  /// Whether a call may leave out what its tool wants: only one that is never carried out.
  enum class Missing : uint8_t { Refused, Allowed };
  [[nodiscard]] static std::expected<Arguments, Fault> read(Tool tool, json::Value object,
                                                            Missing missing = Missing::Refused);

  [[nodiscard]] std::optional<std::string_view> text(std::string_view name) const;
  [[nodiscard]] std::optional<int64_t> integer(std::string_view name) const;
  [[nodiscard]] bool flag(std::string_view name) const;  ///< false when it is not there
  [[nodiscard]] std::optional<json::Value> value(std::string_view name) const;

 private:
  explicit Arguments(json::Value object) : object_(object) {}
  json::Value object_;
};

/// RFC 3339 section 5.6 as seconds since 1970, fractions cut off; nothing for anything else.
[[nodiscard]] std::optional<int64_t> parse_rfc3339(std::string_view text);

}  // namespace srasta::policy
