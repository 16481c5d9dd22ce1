#pragma once

#include "crypto/hash.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace srasta::audit {

/// A record as a verifier reads it: without a JSON parser, and without the code that writes.
struct CheckedRecord {
  uint64_t seq = 0;
  std::string_view prev;  ///< hexadecimal
  std::string_view hash;  ///< hexadecimal: that of the body
  crypto::Digest leaf{};  ///< the same
  std::string_view body;  ///< without its closing brace

  [[nodiscard]] bool is(std::string_view act) const;
  /// The number or text of a member of `data`, given with its punctuation, as in `"size":` or
  /// `"root":"`; empty if there is none.
  [[nodiscard]] std::string_view data(std::string_view member) const;
};

/// A line (without LF) whose hash is right. Whether it stands in its place is for the caller. The
/// views are into `line`.
[[nodiscard]] std::optional<CheckedRecord> read_checked_record(std::string_view line);

/// Longer lines are no records.
inline constexpr size_t kLongestCheckedLine = 8192 - 1 + 72;

}  // namespace srasta::audit
