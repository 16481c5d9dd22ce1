#pragma once

#include "base/file.h"
#include "base/result.h"
#include "crypto/hash.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::audit {

/// Where a record lies: in which segment (by the number of its first record), and at which byte.
struct Place {
  uint64_t segment = 0;
  uint64_t offset = 0;

  friend bool operator==(const Place&, const Place&) = default;
};

/// The leaf of a stored line, if it is record number `seq` exactly as it was written: its bytes
/// give the hash that they carry. Nothing otherwise. That it stands in the chain is for `verify`.
[[nodiscard]] std::optional<crypto::Digest> intact_leaf(std::string_view line, uint64_t seq);

/// Who acted, as a stored line says it; views into the line.
struct StoredActor {
  std::string_view id;
  std::string_view kind;
  std::string_view tenant;

  friend bool operator==(const StoredActor&, const StoredActor&) = default;
};
[[nodiscard]] StoredActor actor_of(std::string_view line);

/// The lines of a stream by their places, for readers that know where to look. The stream may grow
/// meanwhile. For one thread.
class StoredRecords {
 public:
  /// `stream_folder` is <data>/audit/<stream>; `files` must outlive this.
  StoredRecords(base::FileSystem& files, std::string stream_folder)
      : files_(files), folder_(std::move(stream_folder)) {}

  /// Numbers of the first records of all segments, in order. NotFound: there is no such stream.
  [[nodiscard]] base::Result<std::vector<uint64_t>> segments() const;

  /// `line` is without LF and good until the next call; `offset` is that of its first byte. False
  /// ends the scan.
  using Visit = std::function<bool(std::string_view line, uint64_t offset)>;
  /// Visits the complete lines from `from` to the end of its segment. Whether they are records is
  /// for the visitor to find out.
  base::Result<void> scan(Place from, const Visit& visit);

  /// The line at `place`. Corrupt unless it is record number `seq` as it was written.
  [[nodiscard]] base::Result<std::string> read(Place place, uint64_t seq);

 private:
  base::Result<base::File*> open(uint64_t segment);

  base::FileSystem& files_;
  const std::string folder_;
  std::unique_ptr<base::File> file_;  // of `open_segment_`
  uint64_t open_segment_ = 0;
};

}  // namespace srasta::audit
