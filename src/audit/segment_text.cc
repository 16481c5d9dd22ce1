#include "audit/segment_text.h"

#include "audit/checked_record.h"

#include <span>
#include <utility>

namespace srasta::audit {
namespace {

constexpr size_t kReadAtOnce = size_t{512} << 10;
// A batch takes the writer some hundred microseconds; a look at a file's size takes one.
constexpr int kLooksAtAnUnfinishedLine = 5000;

}  // namespace

base::Result<void> SegmentText::open() {
  SRASTA_TRY_ASSIGN(file_, files_.open(path_, base::OpenMode::Read));
  return {};
}

SegmentText::State SegmentText::next(std::vector<std::string_view>& lines) {
  lines.clear();
  while (true) {
    const std::string_view text = text_;
    for (size_t end = text.find('\n', at_); end != std::string_view::npos;
         end = text.find('\n', at_)) {
      lines.push_back(text.substr(at_, end - at_));
      at_ = end + 1;
    }
    if (!lines.empty()) return State::Lines;
    if (text.size() - at_ > kLongestCheckedLine) {
      // Whatever it is, the reader of it will say no.
      lines.push_back(text.substr(at_));
      at_ = text.size();
      return State::Lines;
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
