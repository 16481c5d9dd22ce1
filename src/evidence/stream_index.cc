#include "evidence/stream_index.h"

#include "audit/stored_line.h"

#include <algorithm>

namespace srasta::evidence {

using audit::Place;

StreamIndex::StreamIndex(base::FileSystem& files, Paths paths)
    : files_(files), paths_(std::move(paths)), records_(files, paths_.stream_folder) {}

StreamIndex::Covered StreamIndex::covered() const {
  const std::lock_guard lock(mutex_);
  return covered_;
}

void StreamIndex::report_damage(uint64_t version) {
  const std::lock_guard lock(mutex_);
  if (version != covered_.version || covered_.blocks == 0) return;
  damaged_ = true;
  covered_ = {.version = covered_.version + 1};
}

void StreamIndex::publish() {
  const std::lock_guard lock(mutex_);
  if (damaged_ || !file_) return;
  covered_.base = file_->base();
  covered_.blocks = blocks_;
  covered_.behind = next_;
}

base::Result<void> StreamIndex::catch_up(uint64_t end) {
  bool damaged = false;
  {
    const std::lock_guard lock(mutex_);
    damaged = std::exchange(damaged_, false);
  }
  if (!damaged && file_) {
    SRASTA_TRY_ASSIGN(const bool ours, still_ours());
    damaged = !ours;
  }
  if (damaged) {
    SRASTA_TRY(start_afresh());
  } else if (!file_) {
    SRASTA_TRY(take_over());
  }
  return follow(end);
}

/// Whether the file is the one that was written last, as long as it was then.
base::Result<bool> StreamIndex::still_ours() {
  if (!file_) return false;
  const auto there = files_.identity(paths_.index_file);
  SRASTA_TRY_ASSIGN(const base::FileIdentity own, file_->identity());
  SRASTA_TRY_ASSIGN(const uint64_t blocks, file_->blocks());
  return there && there->device == own.device && there->inode == own.inode && blocks >= blocks_;
}

/// Goes on with the file that an earlier start left, if it is of this log.
base::Result<void> StreamIndex::take_over() {
  auto file = IndexFile::open(files_, paths_.index_file, paths_.origin, base::OpenMode::ReadWrite);
  if (!file) return start_afresh();
  SRASTA_TRY_ASSIGN(const uint64_t blocks, file->blocks());
  if (blocks == 0) return start_afresh();
  const auto head = file->head(blocks - 1);
  std::vector<Row> rows;
  if (!head || !file->rows(blocks - 1, *head, rows)) return start_afresh();
  const uint64_t last = head->first_seq + kRowsInBlock - 1;
  auto found = segment_of(last);
  // What it ends with was pruned, or never was.
  if (!found) return start_afresh();
  Place place = *found;
  place.offset = rows.back().offset;
  const auto line = records_.read(place, last);
  if (!line || audit::leaf_in_line(*line) != head->leaf) return start_afresh();
  file_.emplace(*std::move(file));
  blocks_ = blocks;
  pending_.clear();
  next_seq_ = last + 1;
  next_ = {.segment = place.segment, .offset = place.offset + line->size() + 1};
  publish();
  return {};
}

base::Result<void> StreamIndex::start_afresh() {
  file_.reset();
  blocks_ = 0;
  pending_.clear();
  {
    const std::lock_guard lock(mutex_);
    covered_ = {.version = covered_.version + 1};
  }
  SRASTA_TRY_ASSIGN(const auto segments, records_.segments());
  if (segments.empty()) return {};
  next_seq_ = segments.front();
  next_ = {.segment = segments.front(), .offset = 0};
  SRASTA_TRY_ASSIGN(IndexFile file,
                    IndexFile::create(files_, paths_.index_file, paths_.origin, next_seq_));
  file_.emplace(std::move(file));
  return {};
}

/// The begin of the segment that record `seq` is in.
base::Result<Place> StreamIndex::segment_of(uint64_t seq) {
  SRASTA_TRY_ASSIGN(const auto segments, records_.segments());
  const auto after = std::ranges::upper_bound(segments, seq);
  if (after == segments.begin()) {
    return base::make_error(base::Code::NotFound, "there is no such record");
  }
  return Place{.segment = *std::prev(after), .offset = 0};
}

base::Result<void> StreamIndex::follow(uint64_t end) {
  while (file_ && next_seq_ < end) {
    // A block that could not be written is tried again before anything else.
    if (pending_.size() == kRowsInBlock) SRASTA_TRY(write_block());
    SRASTA_TRY_ASSIGN(const auto segments, records_.segments());
    // All that it covers was pruned, and what it would go on with.
    if (!segments.empty() && segments.front() > next_seq_) SRASTA_TRY(start_afresh());
    const uint64_t before = next_seq_;
    SRASTA_TRY(records_.scan(next_, [&](std::string_view line, uint64_t offset) {
      pending_.push_back(row_of(line, next_seq_, offset));
      last_leaf_ = audit::leaf_in_line(line).value_or(crypto::Digest{});
      next_.offset = offset + line.size() + 1;
      ++next_seq_;
      return pending_.size() < kRowsInBlock && next_seq_ < end;
    }));
    if (pending_.size() == kRowsInBlock) SRASTA_TRY(write_block());
    if (next_seq_ != before) continue;
    // The end of this segment: the next one begins with the next record, or there is none yet.
    if (next_.segment == next_seq_ || !std::ranges::binary_search(segments, next_seq_)) return {};
    next_ = {.segment = next_seq_, .offset = 0};
  }
  return {};
}

base::Result<void> StreamIndex::write_block() {
  if (!file_) return start_afresh();
  const std::string block =
      encode_block(file_->base() + blocks_ * kRowsInBlock, pending_, last_leaf_);
  SRASTA_TRY(file_->append(blocks_, block));
  ++blocks_;
  pending_.clear();
  publish();
  return {};
}

}  // namespace srasta::evidence
