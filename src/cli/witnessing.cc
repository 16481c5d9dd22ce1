#include "cli/witnessing.h"

#include "audit/proofs.h"
#include "audit/signed_head.h"
#include "tlog/note.h"
#include "witness/submitter.h"

#include <map>
#include <mutex>
#include <utility>

namespace srasta::cli {

struct Witnessing::Work {
  Work(base::FileSystem& the_files, Settings the_settings)
      : files(the_files), settings(std::move(the_settings)) {}

  void keep(const witness::Submitter::Cosignature& cosignature);
  void report(const witness::Submitter::Problem& problem) const;
  [[nodiscard]] audit::ProvingStream stream_of(const std::string& origin) const {
    return {&files, settings.audit_folder + "/" + origin.substr(origin.find('/') + 1), origin};
  }

  base::FileSystem& files;
  const Settings settings;
  std::mutex mutex;
  struct Submitted {
    tlog::Note note;  ///< with what was cosigned
    size_t own_signatures = 0;
  };
  std::map<std::string, Submitted> newest;  ///< by origin
  std::unique_ptr<witness::Submitter> submitter;
};

/// A cosignature of a checkpoint that a newer one has replaced meanwhile is of no use any more.
void Witnessing::Work::keep(const witness::Submitter::Cosignature& cosignature) {
  const std::scoped_lock lock(mutex);
  const std::string& origin = cosignature.checkpoint.origin;
  Submitted& submitted = newest[origin];
  tlog::Note& note = submitted.note;
  const auto text =
      tlog::write_checkpoint(origin, cosignature.checkpoint.size, cosignature.checkpoint.root);
  if (!text || note.text != *text) return;
  auto kept = tlog::add_signature(note, cosignature.signature);
  const std::string path = stream_of(origin).folder + "/cosigned";
  if (kept) kept = base::write_file_atomic(files, path, tlog::write_note(note));
  // The next checkpoint begins with one cosignature; who asks for more finds the last one that had.
  const size_t cosignatures = note.signatures.size() - submitted.own_signatures;
  if (kept && cosignatures > 1) {
    kept = base::write_file_atomic(files, path + "-" + std::to_string(cosignatures),
                                   tlog::write_note(note));
  }
  if (!kept)
    settings.tell("audit: cosignature of " + origin + " not kept: " + kept.error().message);
}

void Witnessing::Work::report(const witness::Submitter::Problem& problem) const {
  settings.tell("audit: witness " + problem.witness + " does not cosign " + problem.origin + ": " +
                problem.error.message);
}

base::Result<std::unique_ptr<Witnessing>> Witnessing::open(const base::Clock& clock,
                                                           base::FileSystem& files,
                                                           Settings settings) {
  witness::Submitter::Settings witnesses;
  for (const config::Witness& each : settings.witnesses) {
    SRASTA_TRY_ASSIGN(auto key, tlog::VerifierKey::parse(each.key));
    witnesses.witnesses.push_back(
        {.url = each.url, .key = std::move(key), .ca_file = each.ca_file});
  }
  auto work = std::make_unique<Work>(files, std::move(settings));
  SRASTA_TRY_ASSIGN(
      work->submitter,
      witness::Submitter::open(
          clock, std::move(witnesses),
          {.on_cosigned = [of = work.get()](const auto& cosignature) { of->keep(cosignature); },
           .on_problem = [of = work.get()](const auto& problem) { of->report(problem); }}));
  return std::make_unique<Witnessing>(std::move(work));
}

Witnessing::Witnessing(std::unique_ptr<Work> work) : work_(std::move(work)) {}

Witnessing::~Witnessing() {
  work_->submitter.reset();
}

void Witnessing::submit(const std::string& stream) {
  const std::string path = work_->settings.audit_folder + "/" + stream + "/checkpoint";
  const auto bytes = base::read_file(work_->files, path, tlog::kMostNoteBytes);
  const auto note = bytes ? tlog::parse_note(*bytes) : base::Result<tlog::Note>(bytes.error());
  const auto checkpoint =
      note ? tlog::parse_checkpoint(note->text) : base::Result<tlog::Checkpoint>(note.error());
  if (!checkpoint) return work_->settings.tell("audit: " + checkpoint.error().message);
  {
    const std::scoped_lock lock(work_->mutex);
    work_->newest[checkpoint->origin] = {*note, note->signatures.size()};
  }
  const auto submitted = work_->submitter->submit(
      *note, [proving = work_->stream_of(checkpoint->origin), size = checkpoint->size](
                 uint64_t older) { return audit::prove_growth(proving, older, size); });
  if (!submitted) work_->settings.tell("audit: " + submitted.error().message);
}

}  // namespace srasta::cli
