#include "audit/boundary_survey.h"

#include "audit/stored_line.h"

#include <algorithm>
#include <utility>

namespace srasta::audit {

BoundarySurvey::BoundarySurvey(Begin begin, const std::optional<PrunedPrefix>& after)
    : begin_(std::move(begin)) {
  now_ = after.value_or(PrunedPrefix{.epoch_key = begin_.first_key});
}

void BoundarySurvey::add(const CheckedRecord& record) {
  // Before the end of an authorised prune the tree is not known, and need not be.
  if (record.seq < now_.upto()) return;
  const auto& segments = begin_.segments;
  while (next_segment_ < segments.size() && segments[next_segment_] < record.seq) ++next_segment_;
  const bool begins = next_segment_ < segments.size() && segments[next_segment_] == record.seq;
  if (begins && record.seq > 0) boundaries_.push_back({now_, all_older_});
  const std::string_view time = find_raw_time(record.body);
  all_older_ = all_older_ && !time.empty() && time < begin_.before;

  now_.tree.append(record.leaf);
  now_.leaf = record.leaf;
  if (now_.upto() == begin_.checkpoint) {
    root_ = now_.tree.root();
    checkpoint_epoch_ = now_.epoch;
    checkpoint_key_ = now_.epoch_key;
  }
  const auto key = record.is("log.epoch") ? parse_digest(record.data(R"("key":")")) : std::nullopt;
  if (!key) return;
  ++now_.epoch;
  now_.epoch_from = now_.upto();
  now_.epoch_key = *key;
}

const BoundarySurvey::Boundary* BoundarySurvey::at(uint64_t upto) const {
  const auto found =
      std::ranges::find(boundaries_, upto, [](const Boundary& one) { return one.prefix.upto(); });
  return found == boundaries_.end() ? nullptr : &*found;
}

}  // namespace srasta::audit
