#pragma once

#include "audit/act.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace srasta::service {

/// Every error code that a client of this platform can meet (docs/errors.md). Stable: clients match
/// on the names. One enumerator for each row of governance/codes.tsv, in their order:
/// `keys_refreshing` is KeysRefreshing.
enum class ErrorCode : uint8_t {
#include "code_enumerators.inc"
};

struct CodeFacts {
  std::string_view name;
  int status = 500;
  std::string_view message;  ///< what happened, for people
  std::string_view hint;     ///< what to do next; empty when the message says it
  /// Of the record that such a refusal leaves, unless its producer knows a more fitting one.
  std::optional<audit::Act> act;
};

[[nodiscard]] const CodeFacts& facts_of(ErrorCode code);
/// Of all codes, in the order of the enumeration.
[[nodiscard]] std::span<const CodeFacts> all_codes();

}  // namespace srasta::service
