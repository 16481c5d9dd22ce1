#include "evidence/record_search.h"

#include <algorithm>
#include <iterator>

namespace srasta::evidence {
namespace {

base::Error not_as_written(uint64_t seq) {
  return base::make_error(base::Code::Corrupt,
                          "record " + std::to_string(seq) + " is not what was written");
}

bool may_be_seen(const audit::Found& found, const SearchOrder& order) {
  return order.tenant.empty() || found.tenant == order.tenant;
}

}  // namespace

RecordSearch::RecordSearch(base::FileSystem& files, StreamIndex& index, const base::Clock& clock,
                           base::Micros most_time)
    : files_(files),
      index_(index),
      clock_(clock),
      deadline_(clock.mono() + most_time),
      records_(files, index.paths().stream_folder) {}

base::Result<Hits> RecordSearch::run(const SearchOrder& order) {
  order_ = &order;
  sieve_.emplace(order.query, order.tenant);
  hits_.clear();
  bytes_ = 0;
  page_over_ = false;
  SRASTA_TRY_ASSIGN(segments_, records_.segments());
  SRASTA_TRY(open_index());
  next_ = order.descending ? std::min(order.from, order.end) : order.from;
  if (!segments_.empty()) {
    auto looked = order.descending ? descend() : ascend(order.end);
    if (!looked && looked.error().code == base::Code::NotFound) return not_as_written(next_);
    if (!looked) return std::move(looked).error();
  }
  const uint64_t first = segments_.empty() ? order.end : segments_.front();
  Hits hits;
  hits.records.assign(std::make_move_iterator(hits_.begin()), std::make_move_iterator(hits_.end()));
  hits.next = next_;
  hits.more = !segments_.empty() && (order.descending ? next_ > first : next_ < order.end);
  return hits;
}

base::Result<void> RecordSearch::open_index() {
  file_.reset();
  covered_ = index_.covered();
  if (covered_.blocks == 0) return {};
  auto file = IndexFile::open(files_, index_.paths().index_file, index_.paths().origin,
                              base::OpenMode::Read);
  if (file && file->base() == covered_.base) {
    file_.emplace(*std::move(file));
    return {};
  }
  index_.report_damage(covered_.version);
  covered_ = {};
  return {};
}

bool RecordSearch::is_full() const {
  return page_over_ || hits_.size() >= order_->limit || bytes_ >= kPageBytes;
}

size_t RecordSearch::segment_of(uint64_t seq) const {
  const auto after = std::ranges::upper_bound(segments_, seq);
  return static_cast<size_t>(std::max<ptrdiff_t>(after - segments_.begin() - 1, 0));
}

base::Result<void> RecordSearch::ascend(uint64_t end) {
  next_ = std::max(next_, segments_.front());
  while (next_ < end && !is_full()) {
    const uint64_t before = next_;
    const bool indexed = next_ >= covered_.base && next_ < covered_.end();
    const Span wanted{.begin = next_, .end = end};
    SRASTA_TRY(indexed ? take_block((next_ - covered_.base) / kRowsInBlock, wanted)
                       : take_segment(segment_of(next_), wanted));
    // What should be there is not, unless it was the index that failed.
    if (next_ == before && !indexed) return not_as_written(next_);
    if (clock_.mono() >= deadline_) return {};
  }
  return {};
}

base::Result<void> RecordSearch::descend() {
  while (next_ > segments_.front() && !is_full()) {
    const uint64_t last = next_ - 1;
    const bool indexed = last >= covered_.base && last < covered_.end();
    const size_t segment = segment_of(last);
    uint64_t begin = segments_[segment];
    if (indexed) {
      begin = covered_.base + (last - covered_.base) / kRowsInBlock * kRowsInBlock;
    } else if (last >= covered_.end()) {
      begin = std::max(begin, covered_.end());
    }
    const Span wanted{.begin = std::max(begin, segments_.front()), .end = next_};
    SRASTA_TRY(indexed ? take_block((last - covered_.base) / kRowsInBlock, wanted)
                       : take_segment(segment, wanted));
    if (clock_.mono() >= deadline_) return {};
  }
  return {};
}

base::Result<void> RecordSearch::take_block(uint64_t number, Span wanted) {
  const uint64_t first = covered_.base + number * kRowsInBlock;
  const uint64_t begin = std::max(first, wanted.begin);
  const uint64_t end = std::min(first + kRowsInBlock, wanted.end);
  if (!file_ || !sieve_) {
    return base::make_error(base::Code::Internal, "there is no index to take a block from");
  }
  const auto head = file_->head(number);
  const Sieve& sieve = *sieve_;
  std::vector<Row> rows;
  const bool may_hold = head && sieve.may_hold(*head);
  if (!head || (may_hold && !file_->rows(number, *head, rows))) {
    // It is made again in the background; this search goes on without it.
    index_.report_damage(covered_.version);
    file_.reset();
    covered_ = {};
    return {};
  }
  if (!may_hold) {
    next_ = order_->descending ? begin : end;
    return {};
  }
  for (uint64_t left = end - begin; left > 0; --left) {
    const uint64_t seq = order_->descending ? begin + left - 1 : end - left;
    const Row& row = rows[seq - first];
    if (sieve.may_fit(row)) {
      SRASTA_TRY_ASSIGN(std::string line, read_indexed(seq, row));
      SRASTA_TRY(take_line(seq, std::move(line)));
    }
    next_ = order_->descending ? seq : seq + 1;
    if (is_full()) return {};
  }
  return {};
}

/// By its place, or, if that is wrong, by counting: then the index was at fault and not the log.
base::Result<std::string> RecordSearch::read_indexed(uint64_t seq, const Row& row) {
  auto line = records_.read({.segment = segments_[segment_of(seq)], .offset = row.offset}, seq);
  if (line || line.error().code != base::Code::Corrupt) return line;
  line = read_counted(seq);
  if (line) index_.report_damage(covered_.version);
  return line;
}

base::Result<std::string> RecordSearch::read_counted(uint64_t seq) {
  uint64_t at = segments_[segment_of(seq)];
  std::string found;
  SRASTA_TRY(records_.scan({.segment = at, .offset = 0}, [&](std::string_view line, uint64_t) {
    if (at == seq) found = line;
    return at++ < seq;
  }));
  if (!audit::intact_leaf(found, seq)) return not_as_written(seq);
  return found;
}

base::Result<void> RecordSearch::take_line(uint64_t seq, std::string line) {
  const auto found = audit::read_found(line);
  if (!found || found->seq != seq) return not_as_written(seq);
  if (!fits(*found, order_->query) || !may_be_seen(*found, *order_)) return {};
  if (!audit::intact_leaf(line, seq)) return not_as_written(seq);
  bytes_ += line.size();
  hits_.push_back({.seq = seq, .line = std::move(line)});
  return {};
}

/// Reads forward in any case; descending, only the last of what is found is kept.
base::Result<void> RecordSearch::take_segment(size_t number, Span wanted) {
  audit::Place place{.segment = segments_[number], .offset = 0};
  uint64_t seq = place.segment;
  if (covered_.behind.segment == place.segment && covered_.end() > seq &&
      wanted.begin >= covered_.end()) {
    place = covered_.behind;
    seq = covered_.end();
  }
  std::deque<Hit> before;
  if (order_->descending) std::swap(before, hits_);
  const size_t bytes_before = std::exchange(bytes_, order_->descending ? 0 : bytes_);
  uint64_t lowest = wanted.begin;
  std::optional<base::Error> fault;
  SRASTA_TRY(records_.scan(place, [&](std::string_view line, uint64_t) {
    if (seq >= wanted.end) return false;
    if (seq >= wanted.begin) {
      if (auto taken = take_line(seq, std::string(line)); !taken) {
        fault = std::move(taken).error();
        return false;
      }
      if (!order_->descending) next_ = seq + 1;
    }
    ++seq;
    if (!order_->descending) return !is_full() && (seq % 4096 != 0 || clock_.mono() < deadline_);
    while (hits_.size() + before.size() > order_->limit ||
           (bytes_ + bytes_before > kPageBytes && hits_.size() > 1)) {
      lowest = hits_.front().seq + 1;
      page_over_ = true;
      bytes_ -= hits_.front().line.size();
      hits_.pop_front();
    }
    return true;
  }));
  if (fault) return *std::move(fault);
  if (!order_->descending) return {};
  std::ranges::reverse(hits_);
  before.insert(before.end(), std::make_move_iterator(hits_.begin()),
                std::make_move_iterator(hits_.end()));
  hits_ = std::move(before);
  bytes_ += bytes_before;
  next_ = lowest;
  return {};
}

}  // namespace srasta::evidence
