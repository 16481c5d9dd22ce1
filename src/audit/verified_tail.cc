#include "audit/verified_tail.h"

#include "audit/epoch_keys.h"
#include "audit/install_id.h"
#include "audit/log_keys.h"
#include "audit/record.h"
#include "audit/segment.h"
#include "audit/stored_line.h"
#include "tlog/note.h"

#include <algorithm>
#include <utility>

namespace srasta::audit {
namespace {

using base::Code;
using base::Result;

base::Error broken(uint64_t seq, const std::string& what) {
  return base::make_error(Code::Corrupt, "record " + std::to_string(seq) + " " + what);
}

}  // namespace

VerifiedTail::VerifiedTail(base::FileSystem& files, Settings settings, ProvingStream stream)
    : files_(files), settings_(std::move(settings)), stream_(std::move(stream)) {}

Result<std::unique_ptr<VerifiedTail>> VerifiedTail::open(base::FileSystem& files,
                                                         Settings settings) {
  const std::string& folder = settings.audit_folder;
  SRASTA_TRY_ASSIGN(const std::string id, read_install_id(files, folder));
  ProvingStream stream{.files = &files,
                       .folder = folder + "/" + settings.stream,
                       .origin = id + "/" + settings.stream};
  auto tail = std::make_unique<VerifiedTail>(files, std::move(settings), std::move(stream));
  SRASTA_TRY(tail->begin());
  return tail;
}

/// A new installation has no log key of its own before its first checkpoint.
std::vector<tlog::VerifierKey> VerifiedTail::log_keys() const {
  std::vector<tlog::VerifierKey> known = settings_.trusted;
  if (known.empty()) {
    auto own = read_own_log_key(files_, settings_.audit_folder);
    if (own) known.push_back(*std::move(own));
  }
  const std::string_view origin = stream_.origin;
  return log_keys_of(stream_.origin, origin.substr(0, origin.rfind('/')), known);
}

uint64_t VerifiedTail::covered() const {
  return prover_ ? prover_->head().checkpoint.size : 0;
}

Result<void> VerifiedTail::begin() {
  SRASTA_TRY(take_checkpoint());
  StoredRecords records(files_, stream_.folder);
  SRASTA_TRY_ASSIGN(const auto segments, records.segments());
  if (segments.empty()) return {};
  uint64_t end = segments.back();
  SRASTA_TRY(records.scan({.segment = segments.back()}, [&end](std::string_view, uint64_t) {
    ++end;
    return true;
  }));
  const uint64_t first = segments.front();
  from_ = std::max(first, end > settings_.last ? end - settings_.last : 0);
  begin_ = covered() > 0 ? std::max(first, std::min(from_, covered() - 1)) : first;
  const auto after = std::ranges::upper_bound(segments, begin_);
  next_ = *std::prev(after);
  place_ = Place{.segment = next_};
  has_begun_ = true;
  bound_ = begin_;
  return {};
}

/// The tree of a newer checkpoint must continue that of the one before.
Result<void> VerifiedTail::take_checkpoint() {
  SRASTA_TRY_ASSIGN(auto head, read_head(files_, stream_.folder + "/checkpoint", stream_.origin));
  if (!head) {
    if (!prover_) return {};
    return base::make_error(Code::Corrupt, "the checkpoint is gone");
  }
  if (prover_ && head->note == prover_->head().note) return {};
  auto prover = RecordProver::open(stream_);
  if (!prover) return std::move(prover).error();
  if (!tlog::verify_note(prover->head().note, log_keys())) {
    return base::make_error(Code::Corrupt, "the checkpoint is not signed by the log key");
  }
  if (prover_) {
    if (auto grown = prover->growth_from(prover_->head().checkpoint); !grown) {
      return base::make_error(Code::Corrupt, "the checkpoint does not continue the one before: " +
                                                 grown.error().message);
    }
  }
  prover_ = std::make_unique<RecordProver>(*std::move(prover));
  return {};
}

Result<void> VerifiedTail::read_on(const Show& show) {
  // Records that a checkpoint covers are on disk before it is.
  SRASTA_TRY(take_checkpoint());
  if (!has_begun_) SRASTA_TRY(begin());
  if (!has_begun_) return {};
  SRASTA_TRY(bind_shown(show));
  SRASTA_TRY(read_records(show));
  if (next_ >= covered()) return {};
  return broken(next_, "is missing: the checkpoint has " + std::to_string(covered()) + " records");
}

/// A checkpoint that ends among the records that were read: one path binds all before it, since
/// they are chained.
Result<void> VerifiedTail::bind_shown(const Show& show) {
  const uint64_t size = covered();
  if (size <= bound_ || size > next_) return {};
  const uint64_t first = next_ - unbound_.size();
  if (size > first) {
    SRASTA_TRY(prover_->path_of(size - 1, unbound_[size - 1 - first]));
    unbound_.erase(unbound_.begin(), unbound_.begin() + static_cast<ptrdiff_t>(size - first));
  }
  bound_ = size;
  told_unbound_ = false;
  show.bound(size);
  return {};
}

Result<void> VerifiedTail::read_records(const Show& show) {
  // Opened anew each time: a file that was replaced must not go unnoticed.
  StoredRecords records(files_, stream_.folder);
  SRASTA_TRY_ASSIGN(const base::FileIdentity identity,
                    files_.identity(stream_.folder + "/seg/" + segment_name(place_.segment)));
  if (identity.size < place_.offset) return broken(next_ - 1, "was there and is gone");
  while (true) {
    std::optional<base::Error> failed;
    SRASTA_TRY(records.scan(place_, [&](std::string_view line, uint64_t offset) {
      auto taken = take(line, show);
      if (!taken) failed = std::move(taken).error();
      place_.offset = offset + line.size() + 1;
      return !failed;
    }));
    if (failed) return *std::move(failed);
    SRASTA_TRY_ASSIGN(const auto segments, records.segments());
    const auto later = std::ranges::upper_bound(segments, place_.segment);
    if (later == segments.end()) return {};
    if (*later != next_) return broken(next_, "is missing");
    place_ = Place{.segment = *later};
  }
}

Result<crypto::Digest> VerifiedTail::first_link() {
  const EpochKeys keys(files_, stream_.folder, stream_.origin);
  SRASTA_TRY_ASSIGN(const auto key, keys.load_public(0));
  return first_prev(stream_.origin, key_bytes(key));
}

Result<void> VerifiedTail::check_link(uint64_t seq, const crypto::Digest& prev) {
  if (seq == 0) {
    SRASTA_TRY_ASSIGN(leaf_, first_link());
  }
  if (!leaf_ || *leaf_ == prev) return {};
  return broken(seq, "does not follow the one before");
}

Result<void> VerifiedTail::take(std::string_view line, const Show& show) {
  const uint64_t seq = next_;
  if (seq < begin_) {
    ++next_;
    return {};
  }
  const auto record = parse_stored_record(line);
  const auto found = read_found(line);
  if (!record || record->seq != seq || !found) return broken(seq, "is not what was written");
  SRASTA_TRY(check_link(seq, record->prev));
  if (seq < covered() && !prover_->path_of(seq, record->leaf)) {
    return broken(seq, "is not the one that the checkpoint binds");
  }
  leaf_ = record->leaf;
  ++next_;
  if (seq >= covered()) {
    unbound_.push_back(record->leaf);
    if (!std::exchange(told_unbound_, true)) show.unbound();
  } else {
    unbound_.clear();
  }
  if (seq >= from_) show.record(*found);
  if (next_ == covered()) {
    bound_ = next_;
    told_unbound_ = false;
    show.bound(next_);
  }
  return {};
}

}  // namespace srasta::audit
