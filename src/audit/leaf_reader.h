#pragma once

#include "audit/stored_line.h"
#include "base/file.h"
#include "base/result.h"
#include "crypto/hash.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::audit {

/// Reads the hashes that the records of a stream carry, in order, and can go on later. It takes
/// them as they are written: whether they fit the bodies is what `verify` says.
class LeafReader {
 public:
  /// `files` must outlive the reader.
  LeafReader(base::FileSystem& files, std::string stream_folder)
      : files_(&files), folder_(std::move(stream_folder)) {}

  /// Goes on with record `seq` instead of the first. Of those before a few blocks are read, or all
  /// in its segment if they are damaged.
  void skip_to(uint64_t seq) { skip_to_ = seq; }
  /// Visits the records up to, and without, number `size`. Corrupt when they are not there, or a
  /// line is no record.
  [[nodiscard]] base::Result<void> read_to(
      uint64_t size,
      const std::function<void(std::string_view line, const crypto::Digest& leaf)>& visit);

 private:
  [[nodiscard]] base::Result<void> open_segment();
  [[nodiscard]] base::Error missing() const;
  [[nodiscard]] base::Error pruned(uint64_t first_kept) const;

  base::FileSystem* files_;
  std::string folder_;
  std::unique_ptr<base::File> file_;
  uint64_t offset_ = 0;  ///< in the segment, of the record `next_`
  uint64_t next_ = 0;
  uint64_t skip_to_ = 0;
};

}  // namespace srasta::audit
