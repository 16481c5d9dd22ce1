#pragma once

#include "base/file.h"
#include "base/result.h"
#include "crypto/hash.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::audit {

/// A record as it lies on disk, well-formed by itself: its bytes match the hash that they carry.
struct StoredRecord {
  uint64_t seq = 0;
  uint64_t fence = 0;
  crypto::Digest prev{};
  crypto::Digest leaf{};
};

/// Nothing if `line` (without LF) is not such a record.
[[nodiscard]] std::optional<StoredRecord> parse_stored_record(std::string_view line);

/// The hash that a stored line (without LF) carries behind its body; not whether it is right.
[[nodiscard]] std::optional<crypto::Digest> leaf_in_line(std::string_view line);

/// The digits of the number or the text of the string member `name` (given with its punctuation,
/// as in `"seq":` or `"sha256":"`). Labels hold no quotes, so the first match is the member.
[[nodiscard]] std::string_view find_raw_member(std::string_view line, std::string_view name);
/// The same of a member that stands behind `data`: the last match is it, whatever names `data` has.
[[nodiscard]] std::string_view find_last_raw_member(std::string_view line, std::string_view name);

/// The time of a record, as it is written; empty where there is none.
[[nodiscard]] std::string_view find_raw_time(std::string_view line);

/// 64 hexadecimal digits; nothing for anything else.
[[nodiscard]] std::optional<crypto::Digest> parse_digest(std::string_view text);

/// Reads a file line by line in blocks. Lines longer than a record may be are cut there, which
/// makes them malformed.
class LineReader {
 public:
  struct Line {
    std::string_view text;  ///< without LF; valid until the next call
    uint64_t offset = 0;    ///< of its first byte
    bool complete = false;  ///< whether it ends with LF
  };

  /// Begins at `offset`, which must be the begin of a line.
  explicit LineReader(base::File& file, uint64_t offset = 0)
      : file_(file), buffer_offset_(offset) {}

  /// The next line; nothing at the end of the file.
  base::Result<std::optional<Line>> next();

 private:
  base::Result<bool> read_more();

  base::File& file_;
  std::string buffer_;
  size_t at_ = 0;           ///< of the next line in `buffer_`
  uint64_t buffer_offset_;  ///< of `buffer_` in the file
};

}  // namespace srasta::audit
