#include "audit/seek_record.h"

#include "audit/record.h"

#include <algorithm>
#include <string_view>

namespace srasta::audit {
namespace {

/// Less than this is read line by line.
constexpr uint64_t kNear = uint64_t{64} << 10;

std::optional<SegmentRecord> record_in(std::string_view line, uint64_t offset) {
  const auto record = parse_stored_record(line);
  if (!record) return std::nullopt;
  return SegmentRecord{*record, std::string(line), offset};
}

/// The first one that begins behind the line that holds the byte at `from`.
base::Result<std::optional<SegmentRecord>> record_behind(base::File& segment, uint64_t from) {
  SRASTA_TRY_ASSIGN(const std::string bytes, base::read_range(segment, from, 2 * kMaxLineBytes));
  const size_t before = bytes.find('\n');
  if (before == std::string::npos) return std::optional<SegmentRecord>();
  const size_t end = bytes.find('\n', before + 1);
  if (end == std::string::npos) return std::optional<SegmentRecord>();
  return record_in(std::string_view(bytes).substr(before + 1, end - before - 1), from + before + 1);
}

base::Result<std::optional<SegmentRecord>> seek_near(base::File& segment, uint64_t from,
                                                     uint64_t seq) {
  LineReader lines(segment, from);
  while (true) {
    SRASTA_TRY_ASSIGN(const auto line, lines.next());
    if (!line || !line->complete || line->offset - from > kNear) break;
    auto found = record_in(line->text, line->offset);
    if (!found || found->record.seq > seq) break;
    if (found->record.seq == seq) return found;
  }
  return std::optional<SegmentRecord>();
}

}  // namespace

base::Result<std::optional<SegmentRecord>> first_record(base::File& segment) {
  SRASTA_TRY_ASSIGN(const std::string bytes, base::read_range(segment, 0, kMaxLineBytes));
  const size_t end = bytes.find('\n');
  if (end == std::string::npos) return std::optional<SegmentRecord>();
  return record_in(std::string_view(bytes).substr(0, end), 0);
}

base::Result<std::optional<SegmentRecord>> last_record(base::File& segment) {
  SRASTA_TRY_ASSIGN(const base::FileIdentity identity, segment.identity());
  const uint64_t from = identity.size - std::min<uint64_t>(identity.size, kMaxLineBytes + 1);
  SRASTA_TRY_ASSIGN(const std::string bytes, base::read_range(segment, from, identity.size - from));
  if (bytes.size() < 2 || bytes.back() != '\n') return std::optional<SegmentRecord>();
  const size_t before = bytes.rfind('\n', bytes.size() - 2);
  if (before == std::string::npos && from > 0) return std::optional<SegmentRecord>();
  const size_t begin = before == std::string::npos ? 0 : before + 1;
  return record_in(std::string_view(bytes).substr(begin, bytes.size() - 1 - begin), from + begin);
}

base::Result<std::optional<SegmentRecord>> seek_record(base::File& segment, uint64_t seq) {
  SRASTA_TRY_ASSIGN(const base::FileIdentity identity, segment.identity());
  // The record, if it is there, begins at `low` or behind it, and before `high`.
  uint64_t low = 0;
  uint64_t high = identity.size;
  while (high - low > kNear) {
    const uint64_t middle = low + (high - low) / 2;
    SRASTA_TRY_ASSIGN(const auto found, record_behind(segment, middle));
    // What is no record lies at the end, where a crash leaves it.
    if (found && found->record.seq <= seq && found->offset < high) {
      low = found->offset;
    } else {
      high = middle + 1;
    }
  }
  return seek_near(segment, low, seq);
}

}  // namespace srasta::audit
