#pragma once

#include "base/file.h"
#include "base/result.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::audit {

/// "00000000000000000042.jsonl": a segment is named by the number of its first record.
[[nodiscard]] std::string segment_name(uint64_t first_seq);
/// The inverse; nothing for other names.
[[nodiscard]] std::optional<uint64_t> parse_segment_name(std::string_view name);

/// The file that records are appended to. It knows how much of it is durable and which file on disk
/// it is, so damage from outside is noticed at the next append.
class Segment {
  struct Key {};

 public:
  Segment(Key, base::FileSystem& files, std::string folder, std::string path)
      : files_(files), folder_(std::move(folder)), path_(std::move(path)) {}

  /// An empty segment whose name is durable.
  static base::Result<std::unique_ptr<Segment>> create(base::FileSystem& files, std::string folder,
                                                       uint64_t first_seq);
  /// An existing segment of `size` durable bytes.
  static base::Result<std::unique_ptr<Segment>> resume(base::FileSystem& files, std::string folder,
                                                       uint64_t first_seq, uint64_t size);

  /// Writes and syncs. After any error the segment is unusable: `cut` it and go on in a new one.
  /// Code::Corrupt when the file was replaced, removed or shortened.
  base::Result<void> append(std::string_view lines);
  /// Code::Corrupt when the path names another file or the size is not what was written.
  base::Result<void> check() { return check_size(size_); }
  /// Takes away what a failed `append` may have left, through a descriptor of its own: a descriptor
  /// whose sync failed may report success for pages that were dropped. Removes a file in which
  /// nothing is durable. Durable itself when it succeeds.
  base::Result<void> cut();

  [[nodiscard]] uint64_t size() const { return size_; }
  [[nodiscard]] bool usable() const { return usable_; }

 private:
  base::Result<void> write(std::string_view lines);
  base::Result<void> check_size(uint64_t expected);

  base::FileSystem& files_;
  const std::string folder_;
  const std::string path_;
  std::unique_ptr<base::File> file_;
  base::FileIdentity identity_;
  uint64_t size_ = 0;
  bool usable_ = true;
};

}  // namespace srasta::audit
