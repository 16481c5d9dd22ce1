#include "audit/checkpoint_log.h"

#include "tlog/note.h"

#include <algorithm>
#include <span>

namespace srasta::audit {
namespace {

constexpr size_t kReadAtOnce = size_t{64} << 10;

}  // namespace

base::Result<CheckpointLog> CheckpointLog::open(base::FileSystem& files, const std::string& path) {
  CheckpointLog log;
  auto file = files.open(path, base::OpenMode::Read);
  if (!file && file.error().code == base::Code::NotFound) return log;
  if (!file) return std::move(file).error();
  SRASTA_TRY_ASSIGN(const base::FileIdentity identity, (*file)->identity());
  log.file_ = *std::move(file);
  log.size_ = identity.size;
  return log;
}

base::Result<std::optional<std::string>> CheckpointLog::next() {
  while (true) {
    if (const auto end = find_end()) {
      std::string piece = text_.substr(at_, *end - at_ - 1);
      at_ = *end;
      const bool last = at_ == text_.size() && offset_ == size_;
      const bool torn = last && piece.size() <= tlog::kMostNoteBytes && !tlog::parse_note(piece);
      if (torn) return std::optional<std::string>();
      return std::optional(std::move(piece));
    }
    // No note, and no torn one either.
    if (text_.size() - at_ > tlog::kMostNoteBytes) return std::optional(text_.substr(at_));
    SRASTA_TRY_ASSIGN(const bool more, read_more());
    if (!more) return std::optional<std::string>();
  }
}

void CheckpointLog::rewind() {
  text_.clear();
  offset_ = 0;
  at_ = scanned_ = 0;
  empty_lines_ = 0;
}

std::optional<size_t> CheckpointLog::find_end() {
  while (true) {
    const size_t end = text_.find('\n', scanned_);
    if (end == std::string::npos) return std::nullopt;
    empty_lines_ += end == scanned_ ? 1 : 0;
    scanned_ = end + 1;
    if (empty_lines_ < 2) continue;
    empty_lines_ = 0;
    return scanned_;
  }
}

base::Result<bool> CheckpointLog::read_more() {
  text_.erase(0, at_);
  scanned_ -= at_;
  at_ = 0;
  const size_t held = text_.size();
  const size_t more = std::min<uint64_t>(kReadAtOnce, size_ - offset_);
  if (more == 0) return false;
  text_.resize(held + more);
  auto got = file_->read_at(offset_, std::span(text_).subspan(held));
  text_.resize(held + (got ? *got : 0));
  if (!got) return std::move(got).error();
  offset_ += *got;
  if (*got == 0) size_ = offset_;
  return *got > 0;
}

}  // namespace srasta::audit
