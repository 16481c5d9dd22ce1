#include "audit/countersigner.h"

#include "audit/epoch.h"
#include "audit/epoch_keys.h"
#include "audit/pruned_tiles.h"
#include "audit/tile_files.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace srasta::audit {
namespace {

/// Of the end of `checkpoints.log`: more than the longest note.
constexpr uint64_t kMostNotesRead = 64 * 1024;

/// Where the last piece of `notes` ends that looks like a note: notes are followed by an empty
/// line, and so is their text, but only a note ends in a signature.
size_t last_end(std::string_view notes) {
  constexpr std::string_view kSignature = "\u2014 ";
  for (size_t end = notes.rfind("\n\n"); end != notes.npos && end > 0;
       end = notes.rfind("\n\n", end - 1)) {
    const size_t line = notes.rfind('\n', end - 1);
    if (line != notes.npos && notes.substr(line + 1).starts_with(kSignature)) return end + 2;
  }
  return 0;
}

/// The size of `notes` without one that a crash left half at its end: its last pages may be
/// missing, or any others.
size_t whole_notes(std::string_view notes) {
  for (size_t end = last_end(notes); end > 0;) {
    const size_t begin = last_end(notes.substr(0, end - 1));
    if (tlog::parse_note(notes.substr(begin, end - 1 - begin))) return end;
    end = begin;
  }
  return 0;
}

}  // namespace

base::Result<Countersigner> Countersigner::open(Place place, const base::Secret& log_key) {
  SRASTA_TRY_ASSIGN(auto secret, crypto::PrivateKey::from_pem(log_key));
  SRASTA_TRY_ASSIGN(auto key, tlog::SignerKey::make(place.origin, tlog::SignatureType::Ed25519,
                                                    std::move(secret)));
  Countersigner opened(std::move(place), std::move(key));
  SRASTA_TRY(opened.resume());
  return opened;
}

base::Error Countersigner::mismatch(const std::string& what) const {
  return base::make_error(base::Code::Corrupt, place_.folder + ": " + what);
}

base::Result<void> Countersigner::resume() {
  SRASTA_TRY_ASSIGN(const auto last,
                    read_head(*place_.files, path_of("checkpoint"), place_.origin));
  if (!last) return {};
  if (!is_signed_by(*last, key_.verifier())) {
    return mismatch("checkpoint is not signed by the log key");
  }
  signed_size_ = last->checkpoint.size;
  if (resume_from_tiles(last->checkpoint).ok()) return {};
  // Tiles are not synced, so they may be damaged; the segments are the truth.
  leaves_ = LeafReader(*place_.files, place_.folder);
  SRASTA_TRY_ASSIGN(TreeBegin begin, find_tree_begin(*place_.files, place_.folder, place_.origin));
  leaves_.skip_to(begin.tree.size());
  tiles_ = std::move(begin.tiles);
  tree_ = begin.tree;
  epochs_.clear();
  if (begin.epoch > 0) epochs_[begin.epoch_from] = begin.epoch;
  SRASTA_TRY(read_to(signed_size_));
  if (tree_.root() == last->checkpoint.root) return {};
  return mismatch("the records are not those of the last checkpoint");
}

base::Result<void> Countersigner::resume_from_tiles(const tlog::Checkpoint& last) {
  tlog::TileReader nodes(last.size, stored_tiles(*place_.files, place_.folder));
  SRASTA_TRY_ASSIGN(tree_, tlog::CompactRange::restore(last.size, nodes));
  if (tree_.root() != last.root) return mismatch("the tiles are not those of the last checkpoint");
  SRASTA_TRY_ASSIGN(tiles_, TileWriter::resume(*place_.files, place_.folder, last.size));
  leaves_.skip_to(last.size);
  // The last epoch that ended is known by its files.
  const EpochKeys keys(*place_.files, place_.folder, place_.origin);
  for (uint64_t epoch = 0;; ++epoch) {
    SRASTA_TRY_ASSIGN(const auto end,
                      read_head(*place_.files, path_of(epoch_end_file(epoch)), place_.origin));
    if (!end || end->checkpoint.size > last.size) return {};
    SRASTA_TRY_ASSIGN(const auto key, keys.load_public(epoch));
    if (!is_signed_by(*end, key)) return mismatch(epoch_end_file(epoch) + " is damaged");
    epochs_[end->checkpoint.size] = epoch + 1;
  }
}

base::Result<void> Countersigner::read_to(uint64_t size) {
  return leaves_.read_to(size, [&](std::string_view line, const crypto::Digest& leaf) {
    tiles_.add(0, leaf);
    tree_.append(leaf, [&](unsigned level, uint64_t, const crypto::Digest& hash) {
      tiles_.add(level, hash);
    });
    if (const auto record = parse_epoch_record(line)) epochs_[tree_.size()] = record->epoch;
  });
}

base::Result<void> Countersigner::check(const SignedHead& head) const {
  if (head.checkpoint.root != tree_.root()) {
    return mismatch("the writer signed other records than are there");
  }
  const auto begun = epochs_.lower_bound(head.checkpoint.size);
  const uint64_t epoch = begun == epochs_.begin() ? 0 : std::prev(begun)->second;
  const EpochKeys keys(*place_.files, place_.folder, place_.origin);
  SRASTA_TRY_ASSIGN(const auto key, keys.load_public(epoch));
  if (is_signed_by(head, key)) return {};
  return mismatch("head is not signed by the key of its epoch");
}

base::Result<std::optional<tlog::Checkpoint>> Countersigner::look() {
  SRASTA_TRY_ASSIGN(const auto head, read_head(*place_.files, path_of("head"), place_.origin));
  if (!head || head->note.text == seen_) return std::optional<tlog::Checkpoint>();
  const uint64_t size = head->checkpoint.size;
  if (size < tree_.size() || size < signed_size_) {
    return mismatch("head covers fewer records than the last checkpoint");
  }
  SRASTA_TRY(read_to(size));
  SRASTA_TRY(check(*head));
  SRASTA_TRY(publish(*head));
  seen_ = head->note.text;
  const bool is_new = size > signed_size_;
  signed_size_ = size;
  return is_new ? std::optional(head->checkpoint) : std::nullopt;
}

base::Result<void> Countersigner::publish(const SignedHead& head) {
  SRASTA_TRY(tiles_.write());
  SignedHead both = head;
  SRASTA_TRY_ASSIGN(auto signature, tlog::sign_text(head.note.text, key_));
  SRASTA_TRY(tlog::add_signature(both.note, std::move(signature)));
  SRASTA_TRY(append_to_log(tlog::write_note(both.note) + "\n"));
  return write_head(*place_.files, path_of("checkpoint"), both);
}

base::Result<void> Countersigner::append_to_log(std::string_view note) {
  SRASTA_TRY_ASSIGN(const auto log,
                    place_.files->open(path_of("checkpoints.log"), base::OpenMode::ReadWrite));
  if (!log_whole_) SRASTA_TRY(cut_torn_note(*log));
  log_whole_ = false;
  SRASTA_TRY(log->append(note));
  SRASTA_TRY(log->sync());
  log_whole_ = true;
  return {};
}

base::Result<void> Countersigner::cut_torn_note(base::File& log) const {
  SRASTA_TRY_ASSIGN(const base::FileIdentity identity, log.identity());
  const uint64_t from = identity.size - std::min(identity.size, kMostNotesRead);
  SRASTA_TRY_ASSIGN(const std::string end, base::read_range(log, from, identity.size - from));
  if (end.size() < identity.size - from) {
    return mismatch("checkpoints.log became shorter while it was read");
  }
  const size_t whole = whole_notes(end);
  if (whole == end.size()) return {};
  if (whole == 0 && from > 0) return mismatch("checkpoints.log is damaged");
  SRASTA_TRY(log.truncate(from + whole));
  return log.sync();
}

}  // namespace srasta::audit
