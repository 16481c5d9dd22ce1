#pragma once

#include "audit/stored_line.h"
#include "base/file.h"
#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>

namespace srasta::audit {

/// One record in a segment, its bytes as its own hash says. That it is the one that was written
/// there is for the caller to find out.
struct SegmentRecord {
  StoredRecord record;
  std::string line;     ///< without LF
  uint64_t offset = 0;  ///< of its first byte

  [[nodiscard]] uint64_t end() const { return offset + line.size() + 1; }
};

/// These read a few blocks of a segment, however large it is. Nothing where they do not meet such a
/// record: the segment is damaged, or has none.
[[nodiscard]] base::Result<std::optional<SegmentRecord>> first_record(base::File& segment);
/// Nothing, too, if the segment ends with something else.
[[nodiscard]] base::Result<std::optional<SegmentRecord>> last_record(base::File& segment);
/// Number `seq`, by bisection.
[[nodiscard]] base::Result<std::optional<SegmentRecord>> seek_record(base::File& segment,
                                                                     uint64_t seq);

}  // namespace srasta::audit
