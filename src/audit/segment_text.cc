#include "audit/segment_text.h"

#include "audit/checked_record.h"

#include <span>
#include <utility>

namespace srasta::audit {
namespace {

constexpr size_t kReadAtOnce = size_t{64} << 10;
// A batch takes the writer some hundred microseconds; a look at a file's size takes one.
constexpr int kLooksAtAnUnfinishedLine = 5000;

}  // namespace

base::Result<void> SegmentText::open() {
  SRASTA_TRY_ASSIGN(file_, files_.open(path_, base::OpenMode::Read));
  return {};
}

SegmentText::State SegmentText::next(std::string_view& line) {
  while (true) {
    const size_t end = text_.find('\n', at_);
    if (end != std::string::npos) {
      line = std::string_view(text_).substr(at_, end - at_);
      at_ = end + 1;
      return State::Line;
    }
    if (text_.size() - at_ > kLongestCheckedLine) {
      // Whatever it is, the reader of it will say no.
      line = std::string_view(text_).substr(at_);
      at_ = text_.size();
      return State::Line;
    }
    const auto got = read_more();
    if (!got) return State::Unreadable;
    if (*got > 0) continue;
    if (at_ == text_.size()) return State::End;
    if (!grows()) return State::Unfinished;
  }
}

base::Result<size_t> SegmentText::read_more() {
  text_.erase(0, std::exchange(at_, 0));
  const size_t held = text_.size();
  text_.resize(held + kReadAtOnce);
  auto got = file_->read_at(offset_, std::span(text_).subspan(held));
  text_.resize(held + (got ? *got : 0));
  if (got) offset_ += *got;
  return got;
}

bool SegmentText::grows() {
  for (int look = 0; may_grow_ && look < kLooksAtAnUnfinishedLine; ++look) {
    const auto now = file_->identity();
    if (now && now->size > offset_) return true;
  }
  return false;
}

}  // namespace srasta::audit
