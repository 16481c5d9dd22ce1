#include "audit/search.h"

#include "audit/segment.h"
#include "audit/stored_line.h"
#include "base/encoding.h"

#include <algorithm>

namespace srasta::audit {
namespace {

bool equals(const std::optional<std::string>& wanted, std::string_view value) {
  return !wanted || *wanted == value;
}

bool fits_act(const std::optional<std::string>& wanted, std::string_view act) {
  return !wanted || *wanted == act || (wanted->ends_with('.') && act.starts_with(*wanted));
}

}  // namespace

bool fits(const Found& record, const Query& query) {
  return fits_act(query.act, record.act) && equals(query.actor, record.actor) &&
         equals(query.tenant, record.tenant) && equals(query.outcome, record.outcome) &&
         equals(query.request, record.request) && (!query.since || record.time >= *query.since) &&
         (!query.until || record.time < *query.until);
}

// Members are found by their punctuation: the order of keys is fixed and no value holds a quote.
std::optional<Found> read_found(std::string_view line) {
  Found found;
  found.line = line;
  found.act = find_raw_member(line, R"({"act":")");
  found.actor = find_raw_member(line, R"("actor":{"id":")");
  found.tenant = find_raw_member(line, R"("ten":")");
  found.outcome = find_raw_member(line, R"(,"out":")");
  found.request = find_raw_member(line, R"("rid":")");
  found.reason = find_raw_member(line, R"("reason":")");
  found.time = find_raw_member(line, R"(,"t":")");
  const auto seq = base::parse_u64(find_raw_member(line, R"(,"seq":)"));
  if (!seq || found.act.empty() || found.time.empty()) return std::nullopt;
  found.seq = *seq;
  return found;
}

base::Result<std::deque<uint64_t>> StreamReader::segments() const {
  SRASTA_TRY_ASSIGN(const auto names, files_.list(folder_ + "/seg"));
  std::deque<uint64_t> found;
  for (const std::string& name : names) {
    if (const auto first = parse_segment_name(name)) found.push_back(*first);
  }
  return found;
}

base::Result<void> StreamReader::read_on(const std::function<void(const Found&)>& visit) {
  SRASTA_TRY_ASSIGN(const auto found, segments());
  for (const uint64_t first : found) {
    if (first < segment_) continue;
    if (first != segment_) offset_ = 0;
    segment_ = first;
    SRASTA_TRY(read_segment(first, visit));
  }
  return {};
}

base::Result<void> StreamReader::read_segment(uint64_t first,
                                              const std::function<void(const Found&)>& visit) {
  SRASTA_TRY_ASSIGN(const auto file,
                    files_.open(folder_ + "/seg/" + segment_name(first), base::OpenMode::Read));
  LineReader lines(*file, offset_);
  while (true) {
    SRASTA_TRY_ASSIGN(const auto line, lines.next());
    if (!line || !line->complete) return {};
    offset_ = line->offset + line->text.size() + 1;
    const auto record = read_found(line->text);
    if (record && record->seq >= from_seq_) visit(*record);
  }
}

base::Result<void> StreamReader::skip_to_last(uint64_t count) {
  SRASTA_TRY_ASSIGN(const auto found, segments());
  if (found.empty()) return {};
  // Only the last segment has to be read: the names of the others say what they hold.
  StreamReader last(files_, folder_);
  last.segment_ = found.back();
  uint64_t end = found.back();
  SRASTA_TRY(last.read_on([&end](const Found& record) { end = record.seq + 1; }));
  from_seq_ = end > count ? end - count : 0;
  const auto after = std::ranges::upper_bound(found, from_seq_);
  segment_ = after == found.begin() ? found.front() : *std::prev(after);
  return {};
}

}  // namespace srasta::audit
