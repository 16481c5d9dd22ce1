#pragma once

#include "audit/stored_records.h"
#include "base/file.h"
#include "base/result.h"
#include "evidence/index_file.h"

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace srasta::evidence {

/// The index of one stream, kept up with the segments by one thread and used by any. It never is
/// the truth: a reader takes from it where to look, and reads the log for the rest.
class StreamIndex {
 public:
  struct Paths {
    std::string stream_folder;  ///< <data>/audit/<stream>
    std::string index_file;     ///< its folder exists
    std::string origin;         ///< <install id>/<stream>
  };
  StreamIndex(base::FileSystem& files, Paths paths);

  /// What readers may use.
  struct Covered {
    uint64_t version = 0;  ///< another one after each rebuild
    uint64_t base = 0;
    uint64_t blocks = 0;
    audit::Place behind;  ///< where the last covered record ends

    [[nodiscard]] uint64_t end() const { return base + blocks * kRowsInBlock; }
  };
  [[nodiscard]] Covered covered() const;
  /// A reader found the index of that version damaged: it covers nothing until it is made again.
  void report_damage(uint64_t version);

  /// Takes in what was written; records from number `end` on are left for later. Errors leave what
  /// is covered as it is, or nothing; trying again is right. For one thread at a time.
  base::Result<void> catch_up(uint64_t end);

  [[nodiscard]] const Paths& paths() const { return paths_; }

 private:
  base::Result<void> take_over();
  base::Result<void> start_afresh();
  base::Result<bool> still_ours();
  base::Result<void> follow(uint64_t end);
  base::Result<void> write_block();
  base::Result<audit::Place> segment_of(uint64_t seq);
  /// Lets readers use all blocks up to `next_`.
  void publish();

  base::FileSystem& files_;
  const Paths paths_;
  audit::StoredRecords records_;
  std::optional<IndexFile> file_;
  uint64_t blocks_ = 0;
  std::vector<Row> pending_;    // rows behind the last block
  crypto::Digest last_leaf_{};  // that the last of them carries
  audit::Place next_;           // behind the last of them
  uint64_t next_seq_ = 0;

  mutable std::mutex mutex_;
  Covered covered_;
  bool damaged_ = false;
};

}  // namespace srasta::evidence
