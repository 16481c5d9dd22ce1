#pragma once

#include "audit/search.h"
#include "audit/stored_records.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"
#include "evidence/index_block.h"
#include "evidence/stream_index.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace srasta::evidence {

/// One look into a stream.
struct SearchOrder {
  audit::Query query;
  std::string tenant;  ///< the only one whose records may be seen; empty: all
  uint64_t from = 0;   ///< ascending: the first; descending: one more than the first
  uint64_t end = 0;    ///< records from this number on are not looked at
  bool descending = false;
  size_t limit = 100;
};

struct Hit {
  uint64_t seq = 0;
  std::string line;  ///< as stored, without LF, and as it was written
};

struct Hits {
  std::vector<Hit> records;  ///< in the order that was asked for
  uint64_t next = 0;         ///< `from` of what follows
  bool more = false;         ///< there is something left to look at
};

/// Finds records of a stream: by its index as far as that goes, in the segments behind it. Ends
/// early, with `more`, when a page is full, holds `kPageBytes`, or took too long. For one thread.
class RecordSearch {
 public:
  static constexpr size_t kPageBytes = size_t{1} << 20;

  /// `index` may cover nothing. It looks at `clock` now and then, and ends after `most_time`.
  RecordSearch(base::FileSystem& files, StreamIndex& index, const base::Clock& clock,
               base::Micros most_time);

  /// NotFound: there is no such stream. Corrupt: a record that may be asked for is not what was
  /// written; the message names it.
  base::Result<Hits> run(const SearchOrder& order);

 private:
  struct Span {
    uint64_t begin;
    uint64_t end;
  };
  /// Look at what of a block or segment is wanted, and move `next_`.
  base::Result<void> take_block(uint64_t number, Span wanted);
  base::Result<void> take_segment(size_t number, Span wanted);
  base::Result<void> ascend(uint64_t end);
  base::Result<void> descend();
  base::Result<void> take_line(uint64_t seq, std::string line);
  base::Result<std::string> read_indexed(uint64_t seq, const Row& row);
  base::Result<std::string> read_counted(uint64_t seq);
  base::Result<void> open_index();
  [[nodiscard]] size_t segment_of(uint64_t seq) const;
  [[nodiscard]] bool is_full() const;

  base::FileSystem& files_;
  StreamIndex& index_;
  const base::Clock& clock_;
  const base::MonoTime deadline_;
  audit::StoredRecords records_;
  std::vector<uint64_t> segments_;
  std::optional<IndexFile> file_;
  StreamIndex::Covered covered_;

  const SearchOrder* order_ = nullptr;
  std::optional<Sieve> sieve_;
  std::deque<Hit> hits_;
  size_t bytes_ = 0;
  bool page_over_ = false;  // something that fits was left out
  uint64_t next_ = 0;
};

}  // namespace srasta::evidence
