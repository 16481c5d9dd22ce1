#include "audit/entanglement.h"

#include "audit/segment.h"
#include "audit/segment_text.h"
#include "audit/stored_records.h"
#include "audit/stream_name.h"
#include "base/encoding.h"
#include "base/find_text.h"

#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <tuple>
#include <utility>

namespace srasta::audit {
namespace {

constexpr size_t kHashDigits = 64;

/// What stands between the brackets of `ent`, which is the member before `fence`; empty without it.
std::string_view heads_in(const CheckedRecord& record) {
  constexpr std::string_view kBegin = R"(,"ent":[)";
  const auto before_prev = static_cast<size_t>(record.prev.data() - record.body.data());
  const std::string_view front = record.body.substr(0, before_prev);
  const size_t end = base::find_last(front, R"(,"fence":)");
  if (end == std::string_view::npos || end == 0 || front[end - 1] != ']') return {};
  const size_t begin = base::find_last(front.substr(0, end), kBegin);
  if (begin == std::string_view::npos) return {};
  return front.substr(begin + kBegin.size(), end - 1 - begin - kBegin.size());
}

bool take(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

/// `{"h":"<leaf>","n":<records>,"s":"<stream>"}`, perhaps with `"p":1`, which is taken from `text`.
std::optional<ShownHead> take_head(std::string_view& text) {
  if (!take(text, R"({"h":")")) return std::nullopt;
  const auto leaf = base::from_hex(text.substr(0, kHashDigits));
  const auto digest = leaf ? crypto::digest_from(*leaf) : std::nullopt;
  text.remove_prefix(std::min(text.size(), kHashDigits));
  if (!digest || !take(text, R"(","n":)")) return std::nullopt;
  const auto number = base::take_until(text, ',');
  const auto records = number ? base::parse_u64(*number) : std::nullopt;
  const bool with_probe = take(text, R"("p":1,)");
  if (!records || *records == 0 || !take(text, R"("s":")")) return std::nullopt;
  const auto stream = base::take_until(text, '"');
  if (!stream || !is_stream_name(*stream) || !take(text, "}")) return std::nullopt;
  return ShownHead{*stream, *records, *digest, with_probe};
}

std::string witness_name(std::string_view stream, uint64_t seq) {
  return std::string(stream) + " " + std::to_string(seq);
}

/// The record `seq`, as it is there.
std::optional<crypto::Digest> leaf_of(std::string_view line, uint64_t seq) {
  const auto record = read_checked_record(line);
  if (!record || record->seq != seq) return std::nullopt;
  return record->leaf;
}

}  // namespace

std::vector<ShownHead> shown_heads(const CheckedRecord& record) {
  std::vector<ShownHead> heads;
  std::string_view text = heads_in(record);
  while (!text.empty()) {
    auto head = take_head(text);
    if (!head || (!text.empty() && (!take(text, ",") || text.empty()))) return {};
    heads.push_back(*head);
  }
  return heads;
}

void Entanglement::Witness::listen(const CheckedRecord& record) {
  for (const ShownHead& head : shown_heads(record)) {
    auto known = heads_.find(head.stream);
    if (known == heads_.end()) known = heads_.emplace(head.stream, std::vector<Head>()).first;
    std::vector<Head>& heads = known->second;
    // A sender that writes nothing shows the same one again and again.
    const bool again =
        !heads.empty() && heads.back().records == head.records && heads.back().leaf == head.leaf;
    if (!again) heads.push_back({head.records, head.leaf, record.seq});
  }
}

/// Goes through the segments that have one of these heads, shortest first, until one is not there.
class Entanglement::Search {
 public:
  Search(base::FileSystem& files, std::string folder, std::span<const Seen> seen, uint64_t records)
      : files_(files), folder_(std::move(folder)), seen_(seen), records_(records) {}

  [[nodiscard]] std::optional<Finding> run(std::span<const uint64_t> segments) {
    for (size_t i = 0; i < segments.size() && !seen_.empty(); ++i) {
      const bool last = i + 1 == segments.size();
      if (!last && seen_.front().records > segments[i + 1]) continue;
      if (auto found = look_into(segments[i], last)) return found;
    }
    if (seen_.empty()) return std::nullopt;
    return Finding{Verdict::Truncated, records_, name_of(seen_.front())};
  }

 private:
  static std::string name_of(const Seen& seen) { return witness_name(seen.by, seen.seq); }

  std::optional<Finding> look_into(uint64_t first, bool last) {
    const std::string path = folder_ + "/" + segment_name(first);
    SegmentText text(files_, path, last);
    if (auto opened = text.open(); !opened) {
      return Finding{Verdict::Unreadable, records_, opened.error().message};
    }
    uint64_t seq = first;
    std::vector<std::string_view> lines;
    while (!seen_.empty()) {
      const SegmentText::State state = text.next(lines);
      if (state == SegmentText::State::Unreadable) {
        return Finding{Verdict::Unreadable, records_, path};
      }
      if (state != SegmentText::State::Lines) break;
      for (const std::string_view line : lines) {
        if (auto found = compare(line, seq++)) return found;
      }
    }
    return std::nullopt;
  }

  std::optional<Finding> compare(std::string_view line, uint64_t seq) {
    if (seen_.empty() || seen_.front().records != seq + 1) return std::nullopt;
    const auto leaf = leaf_of(line, seq);
    for (; !seen_.empty() && seen_.front().records == seq + 1; seen_ = seen_.subspan(1)) {
      if (seen_.front().leaf != leaf)
        return Finding{Verdict::Fork, seq + 1, name_of(seen_.front())};
    }
    return std::nullopt;
  }

  base::FileSystem& files_;
  const std::string folder_;  // of the segments
  std::span<const Seen> seen_;
  const uint64_t records_;
};

void Entanglement::add(Witness witness) {
  if (!witness.heads_.empty()) witnesses_.push_back(std::move(witness));
}

std::vector<Entanglement::Seen> Entanglement::seen_of(std::string_view stream) const {
  std::vector<Seen> seen;
  for (const Witness& witness : witnesses_) {
    const auto known = witness.heads_.find(stream);
    if (known == witness.heads_.end()) continue;
    for (const Witness::Head& head : known->second) {
      seen.push_back({head.records, witness.stream_, head.seq, head.leaf});
    }
  }
  std::ranges::sort(seen, {},
                    [](const Seen& one) { return std::tuple(one.records, one.by, one.seq); });
  return seen;
}

void Entanglement::judge(base::FileSystem& files, const std::string& stream_folder,
                         StreamReport& report) const {
  const std::vector<Seen> seen = seen_of(report.stream);
  if (seen.empty()) return;
  // Anew: a prune may have removed some meanwhile.
  const auto segments = StoredRecords(files, stream_folder).segments();
  if (!segments || segments->empty()) {
    report.violate({Verdict::Unreadable, report.records,
                    segments ? stream_folder + "/seg" : segments.error().message});
    return;
  }
  const uint64_t first = std::max(report.first, segments->front());
  const auto kept = std::ranges::upper_bound(seen, first, {}, &Seen::records);
  note_unchecked(std::span(seen.begin(), kept), report);
  if (auto found = Search(files, stream_folder + "/seg", {kept, seen.end()}, report.records)
                       .run(*segments)) {
    report.violate(*std::move(found));
  }
}

/// About records that are gone: a note for each witness, with the longest head.
void Entanglement::note_unchecked(std::span<const Seen> seen, StreamReport& report) {
  std::map<std::string_view, uint64_t> longest;
  for (const Seen& one : seen) longest[one.by] = one.records;
  for (const auto& [by, records] : longest) {
    report.notes.push_back({Verdict::Unchecked, records, std::string(by)});
  }
}

std::vector<std::string> Entanglement::streams() const {
  std::set<std::string> names;
  for (const Witness& witness : witnesses_) {
    for (const auto& [stream, heads] : witness.heads_) names.insert(stream);
  }
  return {names.begin(), names.end()};
}

std::string Entanglement::first_witness_of(const std::string& stream) const {
  const std::vector<Seen> seen = seen_of(stream);
  return seen.empty() ? std::string() : witness_name(seen.front().by, seen.front().seq);
}

}  // namespace srasta::audit
