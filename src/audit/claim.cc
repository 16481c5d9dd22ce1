#include "audit/claim.h"

#include "audit/epoch.h"
#include "base/encoding.h"
#include "tlog/checkpoint.h"

#include <utility>

namespace srasta::audit {
namespace {

/// Fills in what the note says, if it is a checkpoint of `origin` as we write them.
void take_note(Claim& claim, const std::string& origin, base::Result<tlog::Note> note) {
  claim.fault = Verdict::BadSignature;
  if (!note) return;
  const auto checkpoint = tlog::parse_checkpoint(note->text);
  if (!checkpoint || checkpoint->origin != origin || !checkpoint->extensions.empty()) return;
  claim.fault.reset();
  claim.size = checkpoint->size;
  claim.root = checkpoint->root;
  claim.note = *std::move(note);
}

/// `cosigned`, and `cosigned-<n>` with 1 to 99.
bool is_cosigned_file(std::string_view name) {
  constexpr std::string_view kName = "cosigned";
  if (!name.starts_with(kName)) return false;
  name.remove_prefix(kName.size());
  if (name.empty()) return true;
  const auto number = name.starts_with('-') ? base::parse_u64(name.substr(1)) : std::nullopt;
  return number && *number >= 1 && *number <= 99;
}

}  // namespace

Claims Claims::read(base::FileSystem& files, const std::string& stream_folder,
                    std::string_view origin) {
  Claims claims;
  claims.origin_ = origin;
  auto log = CheckpointLog::open(files, stream_folder + "/checkpoints.log");
  if (log) {
    claims.log_ = *std::move(log);
  } else {
    claims.others_.push_back(
        {.by = Claim::By::Log, .where = log.error().message, .fault = Verdict::Unreadable});
  }
  claims.add_ends(files, stream_folder);
  claims.add_file(files, stream_folder, {.by = Claim::By::Checkpoint, .where = "checkpoint"});
  claims.add_file(files, stream_folder, {.by = Claim::By::Head, .where = "head"});
  return claims;
}

void Claims::add_cosigned(base::FileSystem& files, const std::string& stream_folder) {
  const auto names = files.list(stream_folder);
  if (!names) return;  // the segments will say so
  for (const std::string& name : *names) {
    if (is_cosigned_file(name)) {
      add_file(files, stream_folder, {.by = Claim::By::Cosigned, .where = name});
    }
  }
}

void Claims::add_anchor(const Anchor& anchor) {
  Claim claim{.by = Claim::By::Anchor, .where = anchor.name};
  take_note(claim, origin_, anchor.note);
  others_.push_back(std::move(claim));
}

void Claims::add_told(const Told& told) {
  others_.push_back(
      {.by = Claim::By::Install, .where = "install", .size = told.size, .root = told.root});
}

void Claims::add_pruned(const PrunedPrefix& pruned) {
  for (const auto& [size, root] :
       {std::pair(pruned.upto(), pruned.tree.root()), std::pair(pruned.size, pruned.root)}) {
    others_.push_back({.by = Claim::By::Install,
                       .where = std::string(kOperatorStream),
                       .size = size,
                       .root = root});
  }
}

std::optional<Claim> Claims::next_of_log() {
  Claim claim{.by = Claim::By::Log, .where = "checkpoints.log"};
  auto piece = log_.next();
  if (!piece) {
    claim.where = piece.error().message;
    claim.fault = Verdict::Unreadable;
    return claim;
  }
  const auto& found = *piece;
  if (!found) return std::nullopt;
  take_note(claim, origin_, tlog::parse_note(*found));
  return claim;
}

void Claims::add_ends(base::FileSystem& files, const std::string& stream_folder) {
  const auto names = files.list(stream_folder);
  if (!names) return;  // the segments will say so
  for (const std::string& name : *names) {
    const auto epoch = parse_epoch_end_file(name);
    if (!epoch) continue;
    add_file(files, stream_folder, {.by = Claim::By::End, .where = name, .epoch = *epoch});
  }
}

void Claims::add_file(base::FileSystem& files, const std::string& stream_folder, Claim claim) {
  auto bytes = base::read_file(files, stream_folder + "/" + claim.where, tlog::kMostNoteBytes);
  if (!bytes && bytes.error().code == base::Code::NotFound) return;
  if (!bytes && bytes.error().code != base::Code::TooLarge) {
    claim.where = bytes.error().message;
    claim.fault = Verdict::Unreadable;
  } else if (bytes) {
    take_note(claim, origin_, tlog::parse_note(*bytes));
  } else {
    claim.fault = Verdict::BadSignature;
  }
  others_.push_back(std::move(claim));
}

}  // namespace srasta::audit
