#pragma once

#include "audit/stored_records.h"
#include "base/file.h"
#include "base/result.h"
#include "evidence/sink.h"
#include "evidence/sink_cursors.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace srasta::evidence {

/// How many records of a stream its writer has signed (`head`): a power cut takes none of them
/// back. 0 when nothing is signed; Corrupt when the head is none of this stream.
[[nodiscard]] base::Result<uint64_t> signed_records(base::FileSystem& files,
                                                    std::string_view data_folder,
                                                    std::string_view install_id,
                                                    std::string_view stream);

/// The records of one stream in batches, from where a sink stands. Each record is what its hash
/// says and follows the one before, or it does not come out. For one thread.
class SinkFeed {
 public:
  struct Limits {
    size_t records = 256;
    size_t bytes = size_t{512} << 10;  ///< of lines; one line may be longer than what is left
  };

  /// `files` must outlive it; `stream_folder` is <data>/audit/<stream>.
  SinkFeed(base::FileSystem& files, const std::string& stream_folder, SinkPosition from,
           Limits limits);

  /// What comes next, of the first `end` records, which must be durable; null: nothing now. The
  /// same until `accept`. Corrupt: the next record, or the one sent last, is not what was written,
  /// or is gone, and nothing further comes out.
  [[nodiscard]] base::Result<const SinkBatch*> pending(uint64_t end);
  /// The pending batch was accepted: gives the position behind it.
  SinkPosition accept();

  [[nodiscard]] const SinkPosition& position() const { return position_; }
  [[nodiscard]] const std::string& stream() const { return batch_.stream; }

 private:
  struct Gathering;
  [[nodiscard]] base::Result<void> find_place();
  [[nodiscard]] base::Result<void> gather(uint64_t end);
  [[nodiscard]] base::Result<void> go_to_next_segment();
  [[nodiscard]] base::Error refused(uint64_t seq, std::string_view why) const;

  const Limits limits_;
  audit::StoredRecords records_;
  SinkPosition position_;
  audit::Place place_;  ///< of record `position_.next`, once it was found
  bool placed_ = false;
  SinkBatch batch_;
  audit::Place behind_;  ///< `batch_`
};

}  // namespace srasta::evidence
