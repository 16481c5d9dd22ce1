#include "audit/stream_chain.h"

#include "audit/epoch.h"
#include "audit/segment.h"
#include "base/encoding.h"

#include <algorithm>

namespace srasta::audit {
namespace {

std::string hex(const crypto::Digest& digest) {
  return base::to_hex(crypto::bytes_of(digest));
}

bool occurs_in(uint64_t seq, SegmentText text, RecordChecker& checker) {
  if (!text.open().ok()) return false;
  std::vector<std::string_view> lines;
  while (text.next(lines) == SegmentText::State::Lines) {
    for (const auto& record : checker.check(lines)) {
      if (record && record->seq == seq) return true;
    }
  }
  return false;
}

}  // namespace

void StreamChain::verify(StreamReport& report, const std::vector<tlog::VerifierKey>& first_keys,
                         const Sink& sink) {
  report_ = &report;
  if (!list_segments() || !begin(first_keys)) return;
  for (size_t index = 0; index < segments_.size() && !report.violation; ++index) {
    verify_segment(index, sink);
  }
  if (!report.violation && (report.records == report.first || awaited() != nullptr)) {
    violated(Verdict::Truncated, report.records, segments_.back().name);
  }
}

void StreamChain::violated(Verdict verdict, uint64_t seq, const std::string& where) {
  report_->violation = Finding{verdict, seq, where};
}

bool StreamChain::list_segments() {
  auto names = files_.list(folder_ + "/seg");
  if (!names && names.error().code != base::Code::NotFound) {
    violated(Verdict::Unreadable, 0, names.error().message);
    return false;
  }
  for (std::string& name : names ? *names : std::vector<std::string>()) {
    if (const auto first = parse_segment_name(name)) segments_.push_back({*first, std::move(name)});
  }
  if (segments_.empty()) violated(Verdict::SegmentMissing, 0, "seg");
  if (!segments_.empty()) find_prune();
  return !segments_.empty();
}

void StreamChain::find_prune() {
  const uint64_t first = segments_.front().first;
  pruned_ = prune_for(prunes_, first);
  if (!pruned_) return;
  report_->first = report_->records = first;
  report_->notes.push_back({Verdict::PrunedAuthorised, first,
                            std::string(kOperatorStream) + " " + std::to_string(pruned_->seq)});
}

/// The chain begins with the key of epoch 0.
bool StreamChain::begin(const std::vector<tlog::VerifierKey>& first_keys) {
  auto key = read_epoch_key(files_, folder_, origin_, 0);
  if (!key) {
    violated(Verdict::Unreadable, 0, key.error().message);
    return false;
  }
  const std::optional<tlog::VerifierKey>& first = *key;
  if (!first ||
      (!first_keys.empty() && std::ranges::find(first_keys, *first) == first_keys.end())) {
    violated(Verdict::EpochGap, 0, epoch_public_file(0));
    return false;
  }
  if (pruned_) {
    // Segments that are still to be removed are bound from behind, by the leaf of the last record.
    return awaited() != nullptr || resume(*pruned_, segments_.front().name);
  }
  prev_ = hex(crypto::sha256_joined(
      {"srasta-audit-log/1\n", origin_, "\n", base::to_hex(first->public_key()), "\n"}));
  epochs_.begin(*first, std::nullopt);
  return true;
}

bool StreamChain::resume(const PrunedPrefix& pruned, const std::string& segment) {
  if (!prev_.empty() && prev_ != hex(pruned.leaf)) {
    violated(Verdict::Modified, pruned.upto() - 1, segment);
    return false;
  }
  prev_ = hex(pruned.leaf);
  auto key = read_epoch_key(files_, folder_, origin_, pruned.epoch);
  if (!key) {
    violated(Verdict::Unreadable, pruned.upto(), key.error().message);
    return false;
  }
  const std::optional<tlog::VerifierKey>& found = *key;
  if (!found || found->public_key() != crypto::bytes_of(pruned.epoch_key)) {
    violated(Verdict::EpochGap, pruned.upto(), epoch_public_file(pruned.epoch));
    return false;
  }
  epochs_.resume(pruned.epoch, *found, pruned.epoch_from);
  roots_.resume(pruned.tree);
  return true;
}

void StreamChain::verify_segment(size_t index, const Sink& sink) {
  const auto& [first, name] = segments_[index];
  const uint64_t expected = report_->records;
  if (first > expected) return violated(Verdict::SegmentMissing, expected, name);
  if (first < expected) return violated(Verdict::DuplicateSeq, first, name);
  SegmentText text(files_, folder_ + "/seg/" + name, index + 1 == segments_.size());
  if (auto opened = text.open(); !opened) {
    return violated(Verdict::Unreadable, first, opened.error().message);
  }
  std::vector<std::string_view> lines;
  while (!report_->violation) {
    switch (text.next(lines)) {
      case SegmentText::State::Lines:
        for (const auto& record : checker_.check(lines)) {
          judge(record, index, sink);
          if (report_->violation) return;
        }
        break;
      case SegmentText::State::End:
        return;
      case SegmentText::State::Unfinished:
        return violated(Verdict::Truncated, report_->records, name);
      case SegmentText::State::Unreadable:
        return violated(Verdict::Unreadable, report_->records, name);
    }
  }
}

void StreamChain::judge(const std::optional<CheckedRecord>& record, size_t index,
                        const Sink& sink) {
  const uint64_t expected = report_->records;
  const std::string& name = segments_[index].name;
  if (!record) return violated(Verdict::Modified, expected, name);
  if (record->seq < expected) return violated(Verdict::DuplicateSeq, record->seq, name);
  if (record->seq > expected) {
    return violated(occurs_later(expected, index) ? Verdict::Reordered : Verdict::Gap, expected,
                    name);
  }
  // This record was chained to another one than stands before it.
  if (!prev_.empty() && record->prev != prev_) {
    return violated(Verdict::Modified, expected == 0 ? 0 : expected - 1, name);
  }
  take(*record, name, sink);
}

void StreamChain::take(const CheckedRecord& record, const std::string& segment, const Sink& sink) {
  const PrunedPrefix* const until = awaited();
  if (until == nullptr && record.is("log.epoch") && !begin_epoch(record, segment)) return;
  if (record.is("log.recovered")) {
    const auto from = base::parse_u64(record.data(R"("from_seq":)"));
    report_->notes.push_back({Verdict::RecoveredTornTail, from.value_or(record.seq), segment});
  }
  if (record.is("log.clock.step")) {
    report_->notes.push_back({Verdict::ClockStep, record.seq, segment});
  }
  if (record.is("log.restored")) {
    report_->notes.push_back({Verdict::Restored, record.seq, segment});
  }
  prev_ = record.hash;
  report_->head = record.leaf;
  ++report_->records;
  if (until == nullptr) {
    roots_.append(record.leaf);
  } else if (awaited() == nullptr && !resume(*until, segment)) {
    return;
  }
  sink(record);
}

bool StreamChain::begin_epoch(const CheckedRecord& record, const std::string& segment) {
  const auto number = base::parse_u64(record.data(R"("epoch":)"));
  if (!number || number != epochs_.count()) {
    violated(Verdict::EpochGap, record.seq, segment);
    return false;
  }
  auto key = read_epoch_key(files_, folder_, origin_, *number);
  if (!key) {
    violated(Verdict::Unreadable, record.seq, key.error().message);
    return false;
  }
  const std::optional<tlog::VerifierKey>& found = *key;
  if (!found || base::to_hex(found->public_key()) != record.data(R"("key":")")) {
    violated(Verdict::EpochGap, record.seq, segment);
    return false;
  }
  epochs_.begin(*found, record.seq);
  return true;
}

bool StreamChain::occurs_later(uint64_t seq, size_t index) {
  for (; index < segments_.size(); ++index) {
    if (occurs_in(seq, {files_, folder_ + "/seg/" + segments_[index].name, false}, checker_)) {
      return true;
    }
  }
  return false;
}

}  // namespace srasta::audit
