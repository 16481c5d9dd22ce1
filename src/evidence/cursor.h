#pragma once

#include "evidence/filters.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::evidence {

/// Where a page ended, so that the next one goes on there whatever was written meanwhile. `end` is
/// the number of records that there were at the first page: later ones are not of this query.
struct Cursor {
  uint64_t next = 0;  ///< ascending: the first to look at; descending: one more than that
  uint64_t end = 0;

  friend bool operator==(const Cursor&, const Cursor&) = default;
};

/// What a cursor is good for: one log, one question (its limit and format apart), one scope.
struct CursorScope {
  std::string_view log;  ///< install id
  const Question& question;
  std::string_view tenant;  ///< the only one whose records the caller sees; empty: all
};

/// Opaque text. It carries no right: filters and scope apply to the next page all the same.
[[nodiscard]] std::string encode_cursor(const Cursor& cursor, const CursorScope& scope);
/// Nothing for what `encode_cursor` did not make for this scope.
[[nodiscard]] std::optional<Cursor> decode_cursor(std::string_view text, const CursorScope& scope);

}  // namespace srasta::evidence
