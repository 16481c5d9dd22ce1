#include "audit/judge_claims.h"

#include "audit/epoch.h"
#include "tlog/note.h"

#include <algorithm>

namespace srasta::audit {
namespace {

/// Needs every line of these keys to be right, and at least one.
bool is_signed_by(const tlog::Note& note, std::span<const tlog::VerifierKey> keys) {
  return tlog::verify_note(note, keys).ok();
}

void raise(std::optional<uint64_t>& largest, uint64_t size) {
  largest = std::max(largest.value_or(0), size);
}

}  // namespace

std::optional<Finding> ClaimJudge::judge(const Claim& claim) {
  if (claim.fault) {
    return Finding{*claim.fault, *claim.fault == Verdict::Unreadable ? stream_.records : 0,
                   claim.where};
  }
  if (const auto wrong = contradiction(claim)) {
    const bool missing = *wrong == Verdict::Truncated || *wrong == Verdict::RolledBack;
    return Finding{*wrong, missing ? stream_.records : claim.size, claim.where};
  }
  if (claim.size <= stream_.pruned && stream_.pruned > 0) return judge_pruned(claim);
  if (claim.by == Claim::By::Install) return std::nullopt;
  const uint64_t epoch = stream_.epochs.of_size(claim.size);
  if (const auto wrong = wrong_signature(claim, epoch)) {
    return Finding{*wrong, claim.size, claim.where};
  }
  if (!take_cosignatures(claim)) return Finding{Verdict::BadSignature, claim.size, claim.where};
  count(claim, epoch);
  return std::nullopt;
}

std::optional<Verdict> ClaimJudge::contradiction(const Claim& claim) {
  if (claim.by == Claim::By::Log) {
    if (claim.size < last_of_log_) return Verdict::BadSignature;
    last_of_log_ = claim.size;
  }
  if (claim.size > stream_.records) {
    return claim.by == Claim::By::Anchor ? Verdict::RolledBack : Verdict::Truncated;
  }
  if (claim.size < stream_.pruned) return std::nullopt;
  if (stream_.roots.root_of(claim.size) != claim.root) return Verdict::Fork;
  if (claim.size == stream_.pruned) return std::nullopt;
  if (claim.by == Claim::By::End && stream_.epochs.end_of(claim.epoch) != claim.size) {
    return Verdict::EpochGap;
  }
  return std::nullopt;
}

std::optional<Finding> ClaimJudge::judge_pruned(const Claim& claim) {
  const bool by_log = claim.by == Claim::By::Log || claim.by == Claim::By::Checkpoint ||
                      claim.by == Claim::By::Anchor;
  if (by_log && !is_signed_by(claim.note, stream_.log_keys)) {
    return Finding{Verdict::BadSignature, claim.size, claim.where};
  }
  if (claim.size == stream_.pruned) return std::nullopt;
  const std::string where = claim.by == Claim::By::End ? "epoch-*.end" : claim.where;
  const auto known = std::ranges::find(unchecked_, where, &Finding::where);
  if (known == unchecked_.end()) {
    unchecked_.push_back({Verdict::Unchecked, claim.size, where});
  } else {
    known->seq = std::max(known->seq, claim.size);
  }
  return std::nullopt;
}

std::optional<Verdict> ClaimJudge::wrong_signature(const Claim& claim, uint64_t epoch) const {
  const std::string names = stream_.origin + "/epoch-";
  const std::string own = epoch_key_name(stream_.origin, epoch);
  const bool foreign =
      std::ranges::any_of(claim.note.signatures, [&](const tlog::NoteSignature& signature) {
        return signature.name.starts_with(names) && signature.name != own;
      });
  if (foreign) return Verdict::EpochGap;
  const bool by_writer = claim.by != Claim::By::Anchor && claim.by != Claim::By::Cosigned;
  if (by_writer && !is_signed_by(claim.note, {&stream_.epochs.key(epoch), 1})) {
    return Verdict::BadSignature;
  }
  const bool by_log = claim.by != Claim::By::Head && claim.by != Claim::By::End;
  if (by_log && !is_signed_by(claim.note, stream_.log_keys)) return Verdict::BadSignature;
  return std::nullopt;
}

bool ClaimJudge::take_cosignatures(const Claim& claim) {
  if (!stream_.quorum || claim.by == Claim::By::Head || claim.by == Claim::By::End) return true;
  const tlog::Policy& policy = *stream_.quorum->policy;
  const auto met = policy.is_met(claim.note);
  if (!met) return false;
  if (!*met || !is_signed_by(claim.note, stream_.quorum->log_keys)) return true;
  raise(by_quorum_, claim.size);
  // Witnesses are elsewhere; without any, this is no more than what the folder says of itself.
  if (!policy.asks_for_none()) raise(by_anchor_, claim.size);
  return true;
}

void ClaimJudge::count(const Claim& claim, uint64_t epoch) {
  if (claim.by == Claim::By::Anchor) return raise(by_anchor_, claim.size);
  if (claim.by == Claim::By::Cosigned) return;
  OfEpoch& of_epoch = of_epoch_[epoch];
  if (stream_.epochs.end_of(epoch) == claim.size) of_epoch.ended_well = true;
  if (claim.by == Claim::By::Log || claim.by == Claim::By::Checkpoint) {
    raise(of_epoch.anchored, claim.size);
  }
}

bool ClaimJudge::is_bound(uint64_t epoch) const {
  const auto end = stream_.epochs.end_of(epoch);
  return !end || of_epoch_[epoch].ended_well || end <= by_anchor_;
}

std::optional<uint64_t> ClaimJudge::anchored() const {
  std::optional<uint64_t> largest = by_anchor_;
  if (stream_.pruned > 0) raise(largest, stream_.pruned);
  for (uint64_t epoch = 0; epoch < of_epoch_.size(); ++epoch) {
    const std::optional<uint64_t> size = of_epoch_[epoch].anchored;
    if (size) raise(largest, *size);
    // Who has the key of the next epoch could have written this one.
    if (!is_bound(epoch)) break;
  }
  return largest;
}

bool ClaimJudge::ended_well() const {
  for (uint64_t epoch = 0; epoch < of_epoch_.size(); ++epoch) {
    if (!is_bound(epoch)) return false;
  }
  return true;
}

}  // namespace srasta::audit
