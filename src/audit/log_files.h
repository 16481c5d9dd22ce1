#pragma once

#include "audit/segment.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace srasta::audit {

/// A stream's folder as its writer uses it: the segments, one after the other, and the reserve,
/// room that is given up so that the records already accepted fit on a full disk.
class LogFiles {
 public:
  struct Limits {
    uint64_t segment_bytes;
    base::Micros segment_age;
    uint64_t reserve_bytes;
  };

  LogFiles(base::FileSystem& files, const base::Clock& clock, std::string folder, Limits limits);

  [[nodiscard]] std::string segment_folder() const { return folder_ + "/seg"; }

  /// Goes on in a segment that exists, and is as old as its first record.
  base::Result<void> resume(uint64_t first_seq, uint64_t size);

  /// Makes whole lines durable, the first of which has the number `first_seq`. A failed write or
  /// sync is answered by a new segment, then by giving up the reserve; when that fails, too,
  /// nothing of `lines` stays. Code::Corrupt when files were changed from outside.
  base::Result<void> write(std::string_view lines, uint64_t first_seq);

  /// Code::Corrupt when the current segment was changed from outside.
  base::Result<void> check();

  /// What the volume has room for, the reserve not counted.
  [[nodiscard]] base::Result<uint64_t> free_bytes() const { return files_.free_bytes(folder_); }
  [[nodiscard]] bool has_reserve() const { return has_reserve_; }
  /// Allocates the reserve (again).
  base::Result<void> restore_reserve();

 private:
  base::Result<void> try_write(std::string_view lines, uint64_t first_seq);
  base::Result<void> start_segment(uint64_t first_seq);
  [[nodiscard]] bool is_full(size_t more) const;
  [[nodiscard]] base::Micros segment_age() const;
  void give_up_reserve();

  base::FileSystem& files_;
  const base::Clock& clock_;
  std::string folder_;
  Limits limits_;
  std::unique_ptr<Segment> segment_;
  base::WallTime segment_began_;    // by its first record
  base::MonoTime segment_started_;  // since when this process knows it
  bool has_reserve_ = false;
};

}  // namespace srasta::audit
