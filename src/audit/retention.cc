#include "audit/retention.h"

#include "audit/boundary_survey.h"
#include "audit/epoch_keys.h"
#include "audit/prune_authority.h"
#include "audit/pruned_tiles.h"
#include "audit/segment.h"
#include "audit/signed_head.h"
#include "audit/stored_records.h"
#include "audit/stream_name.h"
#include "audit/verifier.h"

#include <algorithm>
#include <utility>

namespace srasta::audit {
namespace {

using base::Code;
using base::make_error;

/// One look at a ledger, for one plan.
class Planner {
 public:
  Planner(base::FileSystem& files, const PruneQuestion& question)
      : files_(files),
        question_(question),
        stream_(own_question(files, question.audit_folder, question.install_id, question.stream)) {}

  base::Result<std::optional<PrunePlan>> run() {
    SRASTA_TRY(check_ledger());
    SRASTA_TRY_ASSIGN(says_, read_operator(files_, operator_question(files_, question_.audit_folder,
                                                                     question_.install_id)));
    SRASTA_TRY(check_holds(says_.holds, question_.stream));
    std::erase_if(says_.prunes,
                  [this](const auto& pruned) { return pruned.stream != question_.stream; });
    SRASTA_TRY(read_checkpoint());
    SRASTA_TRY_ASSIGN(const BoundarySurvey survey, look());
    return choose(survey);
  }

 private:
  base::Result<void> check_ledger() {
    if (!is_stream_name(question_.stream) || question_.stream == kOperatorStream) {
      return make_error(Code::Invalid,
                        "prune any stream but operator, which tells what was pruned");
    }
    const LedgerReport report = verify_ledger(files_, question_.audit_folder);
    if (report.intact()) return {};
    return make_error(Code::Corrupt,
                      "nothing is removed from a ledger that is not intact: " + report.sentence());
  }

  base::Result<void> read_checkpoint() {
    SRASTA_TRY_ASSIGN(auto head, read_head(files_, stream_.folder + "/checkpoint", stream_.origin));
    if (!head) {
      return make_error(Code::NotFound, question_.stream +
                                            " has no checkpoint, so nothing of it can be removed; "
                                            "`srasta up` makes them");
    }
    checkpoint_ = *std::move(head);
    return {};
  }

  base::Result<BoundarySurvey> look() {
    StoredRecords records(files_, stream_.folder);
    SRASTA_TRY_ASSIGN(segments_, records.segments());
    for (const PrunedPrefix& pruned : says_.prunes) {
      if (pruned.seq < says_.bound) stream_.prunes.push_back(pruned);
    }
    const EpochKeys keys(files_, stream_.folder, stream_.origin);
    SRASTA_TRY_ASSIGN(const auto first_key, keys.load_public(0));
    after_ = prune_for(stream_.prunes, segments_.empty() ? 0 : segments_.front());
    BoundarySurvey survey({.segments = segments_,
                           .first_key = key_bytes(first_key),
                           .before = question_.before,
                           .checkpoint = checkpoint_.checkpoint.size},
                          after_);
    const StreamReport report = verify_stream(
        files_, stream_, [&survey](const CheckedRecord& record) { survey.add(record); });
    if (report.violation) {
      return make_error(Code::Corrupt, question_.stream + " changed while it was looked at: " +
                                           std::string(to_string(report.violation->verdict)));
    }
    // A prune would make good what nobody can answer for.
    if (!report.ended_well || report.anchored.value_or(0) < checkpoint_.checkpoint.size) {
      return make_error(Code::Corrupt, "nothing is removed from " + question_.stream +
                                           ": an epoch of it was not signed to its end");
    }
    SRASTA_TRY(check_checkpoint(survey, keys));
    return survey;
  }

  /// It is verified already, unless another one was written meanwhile.
  base::Result<void> check_checkpoint(const BoundarySurvey& survey, const EpochKeys& keys) {
    SRASTA_TRY_ASSIGN(const auto key, keys.load_public(survey.checkpoint_epoch()));
    const bool by_log = std::ranges::any_of(stream_.log_keys, [this](const auto& log_key) {
      return is_signed_by(checkpoint_, log_key);
    });
    if (survey.root() == checkpoint_.checkpoint.root && by_log && is_signed_by(checkpoint_, key) &&
        key_bytes(key) == survey.checkpoint_key()) {
      return {};
    }
    return make_error(Code::Corrupt, stream_.folder + "/checkpoint is not that of these records");
  }

  /// Whether a record says of this boundary what is found there.
  static bool agree(const PrunedPrefix& told, const PrunedPrefix& found) {
    return told.upto() == found.upto() && told.tree.root() == found.tree.root() &&
           told.leaf == found.leaf && told.epoch == found.epoch &&
           told.epoch_from == found.epoch_from && told.epoch_key == found.epoch_key;
  }

  /// The latest record that allows what is not done yet.
  [[nodiscard]] std::optional<PrunedPrefix> unfinished(const BoundarySurvey& survey) const {
    std::optional<PrunedPrefix> found;
    if (after_ && after_->upto() > segments_.front()) found = after_;
    for (const PrunedPrefix& told : says_.prunes) {
      if (segments_.empty() || told.upto() <= segments_.front()) continue;
      const BoundarySurvey::Boundary* const boundary = survey.at(told.upto());
      if (boundary != nullptr && agree(told, boundary->prefix)) found = told;
    }
    return found;
  }

  base::Result<std::optional<PrunePlan>> choose(const BoundarySurvey& survey) {
    std::optional<PrunePlan> plan;
    const uint64_t first = segments_.empty() ? 0 : segments_.front();
    if (auto told = unfinished(survey)) {
      plan = PrunePlan{.prefix = *std::move(told), .first = first, .written = true};
    }
    for (const auto& [prefix, all_older] : survey.boundaries()) {
      const uint64_t upto = prefix.upto();
      if (!all_older || upto >= checkpoint_.checkpoint.size || upto == first) continue;
      if (plan && upto <= plan->prefix.upto()) continue;
      plan = PrunePlan{.prefix = prefix, .first = first};
      plan->prefix.stream = question_.stream;
      plan->prefix.from = first;
      plan->prefix.size = checkpoint_.checkpoint.size;
      plan->prefix.root = checkpoint_.checkpoint.root;
    }
    return plan;
  }

  base::FileSystem& files_;
  const PruneQuestion& question_;
  StreamQuestion stream_;
  OperatorSays says_;
  SignedHead checkpoint_;
  std::vector<uint64_t> segments_;
  std::optional<PrunedPrefix> after_;
};

}  // namespace

base::Result<std::optional<PrunePlan>> plan_prune(base::FileSystem& files,
                                                  const PruneQuestion& question) {
  return Planner(files, question).run();
}

base::Result<LegalHolds> read_holds(base::FileSystem& files, const std::string& audit_folder,
                                    const std::string& install_id) {
  SRASTA_TRY_ASSIGN(OperatorSays says,
                    read_operator(files, operator_question(files, audit_folder, install_id)));
  return std::move(says.holds);
}

base::Result<void> check_holds(const LegalHolds& holds, const std::string& stream) {
  const LegalHold* const hold = holds.on(stream);
  if (hold == nullptr) return {};
  return make_error(Code::Denied, "the legal hold " + hold->name + " is on, so nothing of " +
                                      stream + " is removed; `srasta audit release --name " +
                                      hold->name + "` ends it");
}

bool is_prune_authorised(base::FileSystem& files, const PruneQuestion& question,
                         const PrunedPrefix& prefix) {
  const auto prunes =
      authorised_prunes_of(files, question.audit_folder, question.install_id, question.stream);
  return std::ranges::any_of(prunes, [&prefix](const PrunedPrefix& told) {
    return told.upto() == prefix.upto() && told.leaf == prefix.leaf &&
           told.tree.root() == prefix.tree.root();
  });
}

base::Result<uint64_t> remove_pruned(base::FileSystem& files, const PruneQuestion& question,
                                     const PrunedPrefix& prefix) {
  if (!is_prune_authorised(files, question, prefix)) {
    return make_error(Code::Conflict, "no checkpoint covers the record that allows it yet");
  }
  const std::string folder = question.audit_folder + "/" + question.stream + "/seg";
  StoredRecords records(files, question.audit_folder + "/" + question.stream);
  SRASTA_TRY_ASSIGN(const auto segments, records.segments());
  if (std::ranges::find(segments, prefix.upto()) == segments.end()) {
    return make_error(Code::Corrupt, folder + "/" + segment_name(prefix.upto()) + " is not there");
  }
  SRASTA_TRY(keep_tiles(files, question.audit_folder + "/" + question.stream, prefix));
  uint64_t removed = 0;
  for (const uint64_t first : segments) {
    if (first >= prefix.upto()) break;
    SRASTA_TRY(files.remove(folder + "/" + segment_name(first)));
    SRASTA_TRY(files.sync_folder(folder));
    ++removed;
  }
  return removed;
}

}  // namespace srasta::audit
