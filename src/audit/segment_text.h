#pragma once

#include "base/file.h"
#include "base/result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::audit {

/// The lines of one segment, in large reads.
class SegmentText {
 public:
  /// In the `last` segment a writer may be in the middle of a line.
  SegmentText(base::FileSystem& files, std::string path, bool last)
      : files_(files), path_(std::move(path)), may_grow_(last) {}

  enum class State : uint8_t { Lines, End, Unfinished, Unreadable };

  base::Result<void> open();

  /// Some next lines without LF, at least one, valid until the next call. A line that is too long
  /// for a record comes in parts that are too long, too.
  State next(std::vector<std::string_view>& lines);

 private:
  base::Result<size_t> read_more();
  /// Whether a writer is in the middle of this very line.
  bool grows();

  base::FileSystem& files_;
  const std::string path_;
  const bool may_grow_;
  std::unique_ptr<base::File> file_;
  std::string text_;
  size_t at_ = 0;
  uint64_t offset_ = 0;
};

}  // namespace srasta::audit
