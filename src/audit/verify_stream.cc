#include "audit/verify_stream.h"

#include "base/encoding.h"

#include <algorithm>
#include <memory>
#include <span>
#include <utility>

namespace srasta::audit {
namespace {

constexpr size_t kHashDigits = 64;
constexpr size_t kLargestLine = 8192 + 72;
constexpr size_t kReadAtOnce = size_t{64} << 10;
// A batch takes the writer some hundred microseconds; a look at a file's size takes one.
constexpr int kLooksAtAnUnfinishedLine = 5000;

struct Record {
  uint64_t seq = 0;
  std::string prev;  ///< hexadecimal, like `leaf`
  std::string leaf;
  bool recovered = false;
  uint64_t recovered_from = 0;
};

/// The text after `name` up to the next comma, brace or quote.
std::string_view value_after(std::string_view text, std::string_view name, bool last) {
  const size_t found = last ? text.rfind(name) : text.find(name);
  if (found == std::string_view::npos) return {};
  text.remove_prefix(found + name.size());
  return text.substr(0, text.find_first_of(",}\""));
}

/// A line whose hash is right. Whether it stands in its place is for the caller.
std::optional<Record> read_record(std::string_view line) {
  constexpr std::string_view kBefore = R"(,"h":")";
  constexpr std::string_view kAfter = R"("})";
  constexpr size_t kSuffix = kBefore.size() + kHashDigits + kAfter.size();
  if (line.size() <= kSuffix || line.size() > kLargestLine) return std::nullopt;
  const std::string_view body = line.substr(0, line.size() - kSuffix);
  const std::string_view suffix = line.substr(body.size());
  if (!suffix.starts_with(kBefore) || !suffix.ends_with(kAfter)) return std::nullopt;

  std::string hashed;
  hashed.reserve(body.size() + 2);
  hashed.append(1, '\0').append(body).append("}");
  Record record;
  record.leaf = base::to_hex(crypto::bytes_of(crypto::sha256(hashed)));
  if (suffix.substr(kBefore.size(), kHashDigits) != record.leaf) return std::nullopt;

  if (!body.starts_with(R"({"act":")") || !body.ends_with(R"(,"v":1)")) return std::nullopt;
  record.prev = value_after(body, R"(,"prev":")", true);
  const auto seq = base::parse_u64(value_after(body, R"(,"seq":)", true));
  if (!seq || record.prev.size() != kHashDigits) return std::nullopt;
  record.seq = *seq;
  record.recovered = body.starts_with(R"({"act":"log.recovered",)");
  const auto from = base::parse_u64(value_after(body, R"("from_seq":)", false));
  record.recovered_from = from.value_or(*seq);
  return record;
}

/// One segment, line by line, in large reads.
class SegmentText {
 public:
  SegmentText(base::FileSystem& files, std::string path, bool last)
      : files_(files), path_(std::move(path)), may_grow_(last) {}

  enum class State : uint8_t { Line, End, Unfinished, Unreadable };

  base::Result<void> open() {
    SRASTA_TRY_ASSIGN(file_, files_.open(path_, base::OpenMode::Read));
    return {};
  }

  /// The next line without LF in `line`, valid until the next call.
  State next(std::string_view& line) {
    while (true) {
      const size_t end = text_.find('\n', at_);
      if (end != std::string::npos) {
        line = std::string_view(text_).substr(at_, end - at_);
        at_ = end + 1;
        return State::Line;
      }
      if (text_.size() - at_ > kLargestLine) {
        // Too long for a record: whatever it is, the reader of it will say no.
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

 private:
  base::Result<size_t> read_more() {
    text_.erase(0, std::exchange(at_, 0));
    const size_t held = text_.size();
    text_.resize(held + kReadAtOnce);
    auto got = file_->read_at(offset_, std::span(text_).subspan(held));
    text_.resize(held + (got ? *got : 0));
    if (got) offset_ += *got;
    return got;
  }

  /// Whether a writer is in the middle of this very line.
  bool grows() {
    for (int look = 0; may_grow_ && look < kLooksAtAnUnfinishedLine; ++look) {
      const auto now = file_->identity();
      if (now && now->size > offset_) return true;
    }
    return false;
  }

  base::FileSystem& files_;
  const std::string path_;
  const bool may_grow_;
  std::unique_ptr<base::File> file_;
  std::string text_;
  size_t at_ = 0;
  uint64_t offset_ = 0;
};

struct NamedSegment {
  uint64_t first = 0;
  std::string name;
};

class StreamVerifier {
 public:
  StreamVerifier(base::FileSystem& files, std::string segments, StreamReport report)
      : files_(files), folder_(std::move(segments)), report_(std::move(report)) {}

  StreamReport run(std::string_view install_id) {
    std::string root("srasta-audit-log/1\n");
    root.append(install_id).append("/").append(report_.stream).append("\n-\n");
    prev_ = base::to_hex(crypto::bytes_of(crypto::sha256(root)));
    if (!list_segments()) return std::move(report_);
    if (segments_.empty()) violated(Verdict::SegmentMissing, 0, "seg");
    for (size_t index = 0; index < segments_.size() && !report_.violation; ++index) {
      verify_segment(index);
    }
    if (!report_.violation && report_.records == 0) {
      violated(Verdict::Truncated, 0, segments_.back().name);
    }
    return std::move(report_);
  }

 private:
  void violated(Verdict verdict, uint64_t seq, const std::string& where) {
    report_.violation = Finding{verdict, seq, where};
  }

  bool list_segments() {
    auto names = files_.list(folder_);
    if (!names) {
      violated(Verdict::Unreadable, 0, names.error().message);
      return false;
    }
    for (std::string& name : *names) {
      if (const auto first = first_seq_of(name)) segments_.push_back({*first, std::move(name)});
    }
    return true;
  }

  /// "00000000000000000042.jsonl" is 42; nothing for files that are no segments.
  static std::optional<uint64_t> first_seq_of(std::string_view name) {
    if (name.size() != 26 || name.substr(20) != ".jsonl") return std::nullopt;
    const size_t digits = std::min<size_t>(name.find_first_not_of('0'), 19);
    return base::parse_u64(name.substr(digits, 20 - digits));
  }

  void verify_segment(size_t index) {
    const auto& [first, name] = segments_[index];
    if (first > report_.records) return violated(Verdict::SegmentMissing, report_.records, name);
    if (first < report_.records) return violated(Verdict::DuplicateSeq, first, name);
    SegmentText text(files_, folder_ + "/" + name, index + 1 == segments_.size());
    if (auto opened = text.open(); !opened) {
      return violated(Verdict::Unreadable, first, opened.error().message);
    }
    std::string_view line;
    while (!report_.violation) {
      switch (text.next(line)) {
        case SegmentText::State::Line:
          judge(line, index, text);
          break;
        case SegmentText::State::End:
          return;
        case SegmentText::State::Unfinished:
          return violated(Verdict::Truncated, report_.records, name);
        case SegmentText::State::Unreadable:
          return violated(Verdict::Unreadable, report_.records, name);
      }
    }
  }

  void judge(std::string_view line, size_t index, SegmentText& text) {
    const auto record = read_record(line);
    const uint64_t expected = report_.records;
    const std::string& name = segments_[index].name;
    if (!record) return violated(Verdict::Modified, expected, name);
    if (record->seq < expected) return violated(Verdict::DuplicateSeq, record->seq, name);
    if (record->seq > expected) {
      return violated(occurs_later(expected, index, text) ? Verdict::Reordered : Verdict::Gap,
                      expected, name);
    }
    // This record was chained to another one than stands before it.
    if (record->prev != prev_) {
      return violated(Verdict::Modified, expected == 0 ? 0 : expected - 1, name);
    }
    if (record->recovered) {
      report_.notes.push_back({Verdict::RecoveredTornTail, record->recovered_from, name});
    }
    prev_ = record->leaf;
    const auto leaf = base::from_hex(record->leaf);
    std::ranges::copy(leaf.value_or(""), report_.head.begin());
    ++report_.records;
  }

  bool occurs_later(uint64_t seq, size_t index, SegmentText& rest) {
    if (occurs_in(seq, rest)) return true;
    for (++index; index < segments_.size(); ++index) {
      SegmentText text(files_, folder_ + "/" + segments_[index].name, false);
      if (text.open().ok() && occurs_in(seq, text)) return true;
    }
    return false;
  }

  static bool occurs_in(uint64_t seq, SegmentText& text) {
    std::string_view line;
    while (text.next(line) == SegmentText::State::Line) {
      const auto record = read_record(line);
      if (record && record->seq == seq) return true;
    }
    return false;
  }

  base::FileSystem& files_;
  const std::string folder_;
  StreamReport report_;
  std::vector<NamedSegment> segments_;
  std::string prev_;
};

}  // namespace

StreamReport verify_stream(base::FileSystem& files, const std::string& folder,
                           const std::string& install_id, const std::string& stream) {
  StreamReport report;
  report.stream = stream;
  return StreamVerifier(files, folder + "/" + stream + "/seg", std::move(report)).run(install_id);
}

}  // namespace srasta::audit
