#include "evidence/sink_feed.h"

#include "audit/signed_head.h"
#include "audit/stored_line.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace srasta::evidence {

using base::Code;

base::Result<uint64_t> signed_records(base::FileSystem& files, std::string_view data_folder,
                                      std::string_view install_id, std::string_view stream) {
  SRASTA_TRY_ASSIGN(const auto head,
                    audit::read_head(files, fmt::format("{}/audit/{}/head", data_folder, stream),
                                     fmt::format("{}/{}", install_id, stream)));
  return head ? head->checkpoint.size : 0;
}

SinkFeed::SinkFeed(base::FileSystem& files, const std::string& stream_folder, SinkPosition from,
                   Limits limits)
    : limits_(limits), records_(files, stream_folder), position_(from) {
  batch_.stream = stream_folder.substr(stream_folder.rfind('/') + 1);
}

base::Error SinkFeed::refused(uint64_t seq, std::string_view why) const {
  return base::make_error(Code::Corrupt,
                          fmt::format("record {} of {} {}", seq, batch_.stream, why));
}

base::Result<const SinkBatch*> SinkFeed::pending(uint64_t end) {
  if (!batch_.records.empty()) return &batch_;
  // Less than what was sent: only a signature is missing, or the log was cut.
  if (end < position_.next) placed_ = false;
  if (!placed_ && (end > 0 || position_.next > 0)) SRASTA_TRY(find_place());
  if (end <= position_.next) return nullptr;
  SRASTA_TRY(gather(end));
  return &batch_;
}

SinkPosition SinkFeed::accept() {
  const SinkRecord& last = batch_.records.back();
  position_ = {.next = last.seq + 1, .last = last.leaf};
  place_ = behind_;
  batch_.records.clear();
  return position_;
}

/// Behind the record that was sent last, which must still be the same.
base::Result<void> SinkFeed::find_place() {
  SRASTA_TRY_ASSIGN(const auto segments, records_.segments());
  const uint64_t last = position_.next == 0 ? 0 : position_.next - 1;
  const auto above = std::ranges::upper_bound(segments, last);
  if (above == segments.begin()) return refused(last, "is not in the log any more");
  const uint64_t segment = *std::prev(above);
  if (position_.next == 0) {
    place_ = {.segment = segment, .offset = 0};
    placed_ = true;
    return {};
  }
  uint64_t seq = segment;
  SRASTA_TRY(records_.scan({.segment = segment}, [&](std::string_view line, uint64_t offset) {
    if (seq++ != last) return true;
    placed_ = audit::intact_leaf(line, last) == position_.last;
    place_ = {.segment = segment, .offset = offset + line.size() + 1};
    return false;
  }));
  if (placed_) return {};
  return refused(last, "is not the one that was sent: the log was changed or replaced");
}

/// What a scan has found so far.
struct SinkFeed::Gathering {
  uint64_t next;
  crypto::Digest last;
  size_t bytes = 0;
  bool wrong = false;

  [[nodiscard]] std::optional<SinkRecord> take(std::string_view line) {
    const auto record = audit::parse_stored_record(line);
    // Record 0 links to what the stream began with, which `verify` knows.
    wrong = !record || record->seq != next || (next > 0 && record->prev != last);
    if (wrong) return std::nullopt;
    ++next;
    last = record->leaf;
    bytes += line.size();
    return SinkRecord{.seq = record->seq, .leaf = record->leaf, .line = std::string(line)};
  }
};

base::Result<void> SinkFeed::gather(uint64_t end) {
  Gathering found{.next = position_.next, .last = position_.last};
  behind_ = place_;
  const auto visit = [&](std::string_view line, uint64_t offset) {
    if (found.next == end) return false;
    auto record = found.take(line);
    if (!record) return false;
    batch_.records.push_back(*std::move(record));
    behind_.offset = offset + line.size() + 1;
    return batch_.records.size() < limits_.records && found.bytes < limits_.bytes;
  };
  SRASTA_TRY(records_.scan(behind_, visit));
  if (batch_.records.empty() && !found.wrong) {
    SRASTA_TRY(go_to_next_segment());
    behind_ = place_;
    SRASTA_TRY(records_.scan(behind_, visit));
  }
  // What is right before a wrong record goes out first.
  if (!batch_.records.empty()) return {};
  return refused(found.next, found.wrong ? "is not what was written" : "is missing");
}

base::Result<void> SinkFeed::go_to_next_segment() {
  SRASTA_TRY_ASSIGN(const auto segments, records_.segments());
  if (std::ranges::find(segments, position_.next) == segments.end()) {
    return refused(position_.next, "is missing");
  }
  place_ = {.segment = position_.next, .offset = 0};
  return {};
}

}  // namespace srasta::evidence
