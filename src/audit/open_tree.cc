#include "audit/open_tree.h"

#include "audit/epoch.h"
#include "audit/segment.h"

#include <algorithm>
#include <span>
#include <utility>

namespace srasta::audit {
namespace {

EpochKeys keys_of(const TreeHead::Place& place) {
  return {*place.files, place.folder, place.origin};
}

base::Error integrity(const TreeHead::Place& place, const std::string& name,
                      const std::string& what) {
  return integrity_error(place.folder, place.folder + "/" + name, what);
}

base::Result<std::optional<SignedHead>> read_bound(const TreeHead::Place& place,
                                                   const std::string& name) {
  auto head = read_head(*place.files, place.folder + "/" + name, place.origin);
  if (!head && head.error().code == base::Code::Corrupt) {
    return integrity(place, name, "it is no checkpoint of this stream");
  }
  return head;
}

/// The epoch that a checkpoint belongs to: the one that ends with a `log.epoch` is still signed by
/// the key before.
uint64_t epoch_at(const LogState& state, uint64_t size) {
  uint64_t epoch = 0;
  for (size_t i = 1; i < state.epochs.size(); ++i) {
    if (state.epochs[i].size < size) epoch = i;
  }
  return epoch;
}

base::Result<tlog::VerifierKey> public_key_of(const TreeHead::Place& place, const LogState& state,
                                              uint64_t epoch) {
  auto key = keys_of(place).load_public(epoch);
  if (key && key_bytes(*key) == state.epochs[epoch].key) return key;
  return integrity(place, epoch_public_file(epoch), "it is not the key that the records name");
}

base::Result<void> check_head(const TreeHead::Place& place, const std::string& name,
                              const SignedHead& head, const LogState& state) {
  const uint64_t size = head.checkpoint.size;
  if (size > state.end.next_seq) {
    return integrity(place, name,
                     "it is signed for " + std::to_string(size) + " records, and " +
                         std::to_string(state.end.next_seq) + " are there");
  }
  if (size == 0 || state.roots.at(size) != head.checkpoint.root) {
    return integrity(place, name, "it is signed for other records than are there");
  }
  SRASTA_TRY_ASSIGN(const auto key, public_key_of(place, state, epoch_at(state, size)));
  if (is_signed_by(head, key)) return {};
  return integrity(place, name, "its signature is not that of its epoch");
}

/// Whether the end of an epoch is signed as it must be.
base::Result<bool> is_ended(const TreeHead::Place& place, const LogState& state, uint64_t epoch) {
  SRASTA_TRY_ASSIGN(const auto end, read_bound(place, epoch_end_file(epoch)));
  if (!end) return false;
  const EpochBegin& next = state.epochs[epoch + 1];
  SRASTA_TRY_ASSIGN(const auto key, public_key_of(place, state, epoch));
  if (end->checkpoint.size == next.size && end->checkpoint.root == next.root &&
      is_signed_by(*end, key)) {
    return true;
  }
  return integrity(place, epoch_end_file(epoch), "it is not the end of that epoch");
}

base::Result<void> finish_epochs(const TreeHead::Place& place, const LogState& state) {
  const EpochKeys keys = keys_of(place);
  // A prune relies on a checkpoint that was signed after these had ended.
  for (uint64_t epoch = 0; epoch < state.first_epoch; ++epoch) SRASTA_TRY(keys.destroy(epoch));
  for (uint64_t epoch = state.first_epoch; epoch + 1 < state.epochs.size(); ++epoch) {
    SRASTA_TRY_ASSIGN(const bool ended, is_ended(place, state, epoch));
    if (ended) {
      SRASTA_TRY(keys.destroy(epoch));
      continue;
    }
    const auto key = keys.load(epoch);
    if (!key) return integrity(place, epoch_end_file(epoch), "the end of the epoch is not signed");
    const EpochBegin& next = state.epochs[epoch + 1];
    SRASTA_TRY(sign_epoch_end(place, keys, epoch, next.size, next.root, *key));
  }
  return {};
}

}  // namespace

std::vector<uint64_t> BoundHeads::sizes() const {
  std::vector<uint64_t> sizes;
  if (head) sizes.push_back(head->checkpoint.size);
  if (checkpoint) sizes.push_back(checkpoint->checkpoint.size);
  return sizes;
}

base::Result<BoundHeads> read_bound_heads(const TreeHead::Place& place) {
  BoundHeads heads;
  SRASTA_TRY_ASSIGN(heads.head, read_bound(place, "head"));
  SRASTA_TRY_ASSIGN(heads.checkpoint, read_bound(place, "checkpoint"));
  return heads;
}

base::Result<crypto::Digest> open_first_key(const TreeHead::Place& place, const BoundHeads& heads) {
  const EpochKeys keys = keys_of(place);
  SRASTA_TRY_ASSIGN(const auto names, place.files->list(place.folder + "/seg"));
  const bool has_segments = std::ranges::any_of(
      names, [](const std::string& name) { return parse_segment_name(name).has_value(); });
  if (has_segments || heads.any()) {
    const auto key = keys.load_public(0);
    if (key) return key_bytes(*key);
    return integrity(place, epoch_public_file(0), "the stream's first key is not there");
  }
  auto key = keys.load(0);
  if (!key) key = keys.make(0);
  if (!key) return std::move(key).error();
  return key_bytes(key->verifier());
}

base::Result<void> check_heads(const TreeHead::Place& place, const BoundHeads& heads,
                               const LogState& state) {
  if (heads.head) SRASTA_TRY(check_head(place, "head", *heads.head, state));
  if (heads.checkpoint) SRASTA_TRY(check_head(place, "checkpoint", *heads.checkpoint, state));
  return {};
}

bool is_about(const SignedUnderWay& under_way, const TreeHead::Place& place,
              const LogState& state) {
  const uint64_t size = under_way.says.size;
  const auto root = state.roots.find(size);
  if (size > state.end.next_seq || root == state.roots.end()) return false;
  if (root->second != under_way.says.root) return false;
  const auto key = public_key_of(place, state, epoch_at(state, size));
  return key && tlog::verify_note(under_way.note, std::span(&*key, 1)).ok();
}

base::Result<TreeHead> open_tree_head(const TreeHead::Place& place, const LogState& state,
                                      base::WallTime now) {
  SRASTA_TRY(finish_epochs(place, state));
  const uint64_t epoch = state.epochs.empty() ? 0 : state.epochs.size() - 1;
  auto key = keys_of(place).load(epoch);
  if (!key || (!state.epochs.empty() && key_bytes(key->verifier()) != state.epochs[epoch].key)) {
    return integrity(
        place, epoch_private_file(epoch),
        "the key of the current epoch is not there, so the stream cannot be continued");
  }
  const base::WallTime began = state.epochs.empty() ? now : state.epochs[epoch].time;
  return TreeHead(place, {.number = epoch, .began = began, .key = *std::move(key)}, state.tree);
}

}  // namespace srasta::audit
