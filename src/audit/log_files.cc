#include "audit/log_files.h"

#include "audit/recovery.h"
#include "audit/seek_record.h"

#include <algorithm>

namespace srasta::audit {

LogFiles::LogFiles(base::FileSystem& files, const base::Clock& clock, std::string folder,
                   Limits limits)
    : files_(files), clock_(clock), folder_(std::move(folder)), limits_(limits) {}

base::Result<void> LogFiles::resume(uint64_t first_seq, uint64_t size) {
  SRASTA_TRY_ASSIGN(segment_, Segment::resume(files_, segment_folder(), first_seq, size));
  segment_started_ = clock_.mono();
  SRASTA_TRY_ASSIGN(const auto file, files_.open(segment_folder() + "/" + segment_name(first_seq),
                                                 base::OpenMode::Read));
  SRASTA_TRY_ASSIGN(const auto first, first_record(*file));
  segment_began_ = first ? time_of(first->line) : clock_.wall();
  return {};
}

base::Result<void> LogFiles::write(std::string_view lines, uint64_t first_seq) {
  auto outcome = try_write(lines, first_seq);
  if (outcome || outcome.error().code == base::Code::Corrupt) return outcome;
  outcome = try_write(lines, first_seq);
  if (outcome || outcome.error().code == base::Code::Corrupt) return outcome;
  give_up_reserve();
  outcome = try_write(lines, first_seq);
  if (outcome || outcome.error().code == base::Code::Corrupt) return outcome;
  // If this fails, too, the next attempt begins with it.
  if (segment_ && !segment_->usable() && segment_->cut().ok()) segment_.reset();
  return outcome;
}

base::Result<void> LogFiles::try_write(std::string_view lines, uint64_t first_seq) {
  if (segment_ && !segment_->usable()) {
    SRASTA_TRY(segment_->cut());
    segment_.reset();
  }
  if (segment_ && is_full(lines.size())) segment_.reset();
  if (!segment_) SRASTA_TRY(start_segment(first_seq));
  return segment_->append(lines);
}

base::Result<void> LogFiles::start_segment(uint64_t first_seq) {
  SRASTA_TRY_ASSIGN(segment_, Segment::create(files_, segment_folder(), first_seq));
  segment_began_ = clock_.wall();
  segment_started_ = clock_.mono();
  return {};
}

bool LogFiles::is_full(size_t more) const {
  if (segment_->size() == 0) return false;
  return segment_->size() + more > limits_.segment_bytes || segment_age() >= limits_.segment_age;
}

/// A writer that is restarted every day still closes its segments. Where the clock was set back,
/// what this process has seen counts.
base::Micros LogFiles::segment_age() const {
  const base::Micros by_date = clock_.wall() - segment_began_;
  const base::Micros seen = clock_.mono() - segment_started_;
  return std::max(by_date, seen);
}

base::Result<void> LogFiles::check() {
  if (segment_ && segment_->usable()) return segment_->check();
  return {};
}

void LogFiles::give_up_reserve() {
  has_reserve_ = false;
  // Whether or not this succeeds, the next write tells.
  (void)files_.remove(folder_ + "/reserve");
}

base::Result<void> LogFiles::restore_reserve() {
  const std::string path = folder_ + "/reserve";
  if (const auto there = files_.identity(path); there && there->size == limits_.reserve_bytes) {
    has_reserve_ = true;
    return {};
  }
  if (auto removed = files_.remove(path);
      !removed && removed.error().code != base::Code::NotFound) {
    return removed;
  }
  SRASTA_TRY_ASSIGN(const auto file, files_.open(path, base::OpenMode::CreateNew));
  auto filled = file->append(std::string(limits_.reserve_bytes, '\0'));
  if (filled) filled = file->sync();
  // Half a reserve would only take the room from the log.
  if (!filled) (void)files_.remove(path);
  has_reserve_ = filled.ok();
  return filled;
}

}  // namespace srasta::audit
