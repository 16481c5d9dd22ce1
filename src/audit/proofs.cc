#include "audit/proofs.h"

#include "audit/leaf_reader.h"
#include "audit/pruned_tiles.h"
#include "audit/record.h"
#include "audit/stored_line.h"
#include "audit/tile_files.h"
#include "audit/tile_writer.h"
#include "tlog/compact_range.h"

#include <span>

namespace srasta::audit {
namespace {

using base::Code;
using base::make_error;

tlog::TileReader tiles_of(const ProvingStream& stream, uint64_t size) {
  return {size, stored_tiles(*stream.files, stream.folder)};
}

base::Error damaged_tiles(const std::string& folder, const std::string& what) {
  return make_error(Code::Corrupt, folder + "/tile: " + what +
                                       "; make the tiles again with `srasta audit fsck "
                                       "--rebuild-tiles`");
}

base::Result<SignedHead> read_checkpoint(const ProvingStream& stream) {
  SRASTA_TRY_ASSIGN(auto head,
                    read_head(*stream.files, stream.folder + "/checkpoint", stream.origin));
  if (head) return *std::move(head);
  return make_error(Code::NotFound, stream.folder + " has no checkpoint yet");
}

/// Calls `visit(level, index, hash)` for every node of the tree that tiles hold, from the end of
/// `tree` on.
template <typename Visit>
base::Result<tlog::CompactRange> walk_tree(const ProvingStream& stream, tlog::CompactRange tree,
                                           uint64_t size, Visit visit) {
  LeafReader leaves(*stream.files, stream.folder);
  leaves.skip_to(tree.size());
  SRASTA_TRY(leaves.read_to(size, [&](std::string_view, const crypto::Digest& leaf) {
    visit(0, tree.size(), leaf);
    tree.append(leaf, [&](unsigned level, uint64_t index, const crypto::Digest& hash) {
      if (level % tlog::kTileHeight == 0) visit(level, index, hash);
    });
  }));
  return tree;
}

}  // namespace

base::Result<SignedHead> open_proving(const ProvingStream& stream) {
  SRASTA_TRY_ASSIGN(SignedHead head, read_checkpoint(stream));
  tlog::TileReader nodes = tiles_of(stream, head.checkpoint.size);
  const auto root = tlog::tree_root(head.checkpoint.size, nodes);
  if (!root) return damaged_tiles(stream.folder, root.error().message);
  if (*root != head.checkpoint.root)
    return damaged_tiles(stream.folder, "another root than signed");
  return head;
}

base::Result<std::string> read_record_line(const ProvingStream& stream, uint64_t seq) {
  LeafReader leaves(*stream.files, stream.folder);
  leaves.skip_to(seq);
  std::string found;
  SRASTA_TRY(
      leaves.read_to(seq + 1, [&](std::string_view line, const crypto::Digest&) { found = line; }));
  if (parse_stored_record(found)) return found;
  return make_error(Code::Corrupt, "record " + std::to_string(seq) + " is not what its hash says");
}

RecordProver::RecordProver(const ProvingStream& stream, SignedHead head)
    : folder_(stream.folder),
      head_(std::move(head)),
      nodes_(std::make_unique<tlog::TileReader>(head_.checkpoint.size,
                                                stored_tiles(*stream.files, stream.folder))) {}

base::Result<RecordProver> RecordProver::open(const ProvingStream& stream) {
  SRASTA_TRY_ASSIGN(SignedHead head, open_proving(stream));
  return RecordProver(stream, std::move(head));
}

base::Result<tlog::Proof> RecordProver::path_of(uint64_t seq, const crypto::Digest& leaf) {
  const uint64_t size = head_.checkpoint.size;
  if (seq >= size) {
    return make_error(Code::NotFound, "record " + std::to_string(seq) +
                                          " is not in the checkpoint yet, which has " +
                                          std::to_string(size) + " records");
  }
  SRASTA_TRY_ASSIGN(tlog::Proof proof, tlog::inclusion_proof(seq, size, *nodes_));
  SRASTA_TRY_ASSIGN(const crypto::Digest stored, nodes_->node(0, seq));
  if (stored != leaf) return damaged_tiles(folder_, "another leaf than the record");
  SRASTA_TRY(tlog::verify_inclusion(seq, size, leaf, proof, head_.checkpoint.root));
  return proof;
}

base::Result<tlog::Proof> RecordProver::growth_from(const tlog::Checkpoint& older) {
  const tlog::Checkpoint& newer = head_.checkpoint;
  SRASTA_TRY_ASSIGN(tlog::Proof proof, tlog::consistency_proof(older.size, newer.size, *nodes_));
  SRASTA_TRY(tlog::verify_consistency(older.size, older.root, newer.size, newer.root, proof));
  return proof;
}

base::Result<tlog::ProofText> prove_record(const ProvingStream& stream, uint64_t seq) {
  SRASTA_TRY_ASSIGN(RecordProver prover, RecordProver::open(stream));
  const SignedHead& head = prover.head();
  std::string line;
  // Beyond the checkpoint the record may not be there, and that is no damage.
  if (seq < head.checkpoint.size) {
    SRASTA_TRY_ASSIGN(line, read_record_line(stream, seq));
  }
  SRASTA_TRY_ASSIGN(tlog::Proof proof,
                    prover.path_of(seq, leaf_in_line(line).value_or(crypto::Digest())));
  return tlog::ProofText{.extra = std::move(line),
                         .index = seq,
                         .proof = std::move(proof),
                         .note = head.note,
                         .checkpoint = head.checkpoint};
}

base::Result<ProvenRecord> check_proof(std::string_view text, const tlog::VerifierKey& log_key) {
  SRASTA_TRY_ASSIGN(tlog::ProofText proof, tlog::parse_proof_text(text));
  SRASTA_TRY_ASSIGN(const auto key, tlog::VerifierKey::make(proof.checkpoint.origin, log_key.type(),
                                                            log_key.public_key()));
  if (!proof.checkpoint.origin.starts_with(log_key.name() + "/")) {
    return make_error(Code::Invalid, "the proof is of a log of another installation");
  }
  if (!tlog::verify_note(proof.note, std::span(&key, 1))) {
    return make_error(Code::Invalid, "the checkpoint is not signed by the log key");
  }
  const auto record = proof.extra ? parse_stored_record(*proof.extra) : std::nullopt;
  if (!record || record->seq != proof.index) {
    return make_error(Code::Invalid, "the proof does not hold the record that it is about");
  }
  SRASTA_TRY(tlog::verify_inclusion(proof.index, proof.checkpoint.size, record->leaf, proof.proof,
                                    proof.checkpoint.root));
  return ProvenRecord{*std::move(proof.extra), proof.index, std::move(proof.checkpoint)};
}

base::Result<tlog::Proof> prove_consistency(const ProvingStream& stream,
                                            const tlog::Checkpoint& older,
                                            const tlog::Checkpoint& newer) {
  SRASTA_TRY_ASSIGN(const SignedHead head, open_proving(stream));
  if (older.size > newer.size || newer.size > head.checkpoint.size) {
    return make_error(Code::Invalid, "checkpoints of " + std::to_string(older.size) + " and " +
                                         std::to_string(newer.size) + " records, and the log has " +
                                         std::to_string(head.checkpoint.size));
  }
  tlog::TileReader nodes = tiles_of(stream, head.checkpoint.size);
  SRASTA_TRY_ASSIGN(tlog::Proof proof, tlog::consistency_proof(older.size, newer.size, nodes));
  SRASTA_TRY(tlog::verify_consistency(older.size, older.root, newer.size, newer.root, proof));
  return proof;
}

base::Result<tlog::Proof> prove_growth(const ProvingStream& stream, uint64_t older,
                                       uint64_t newer) {
  SRASTA_TRY_ASSIGN(const SignedHead head, open_proving(stream));
  if (newer > head.checkpoint.size) {
    return make_error(Code::NotFound,
                      "the checkpoint does not cover " + std::to_string(newer) + " records yet");
  }
  tlog::TileReader nodes = tiles_of(stream, head.checkpoint.size);
  return tlog::consistency_proof(older, newer, nodes);
}

base::Result<void> check_tiles(const ProvingStream& stream) {
  SRASTA_TRY_ASSIGN(const SignedHead head, read_checkpoint(stream));
  const uint64_t size = head.checkpoint.size;
  tlog::TileReader nodes = tiles_of(stream, size);
  std::optional<base::Error> wrong;
  const auto compare = [&](unsigned level, uint64_t index, const crypto::Digest& hash) {
    if (wrong) return;
    const auto stored = nodes.node(level, index);
    if (!stored) {
      wrong = damaged_tiles(stream.folder, stored.error().message);
    } else if (*stored != hash) {
      wrong = damaged_tiles(stream.folder, "node " + std::to_string(index) + " of level " +
                                               std::to_string(level) + " is wrong");
    }
  };
  SRASTA_TRY_ASSIGN(const TreeBegin begin,
                    find_tree_begin(*stream.files, stream.folder, stream.origin));
  SRASTA_TRY_ASSIGN(const tlog::CompactRange tree, walk_tree(stream, begin.tree, size, compare));
  if (wrong) return *std::move(wrong);
  if (tree.root() == head.checkpoint.root) return {};
  return make_error(Code::Corrupt, stream.folder + ": the records are not those of the checkpoint");
}

base::Result<void> rebuild_tiles(const ProvingStream& stream) {
  SRASTA_TRY_ASSIGN(const SignedHead head, read_checkpoint(stream));
  SRASTA_TRY_ASSIGN(TreeBegin begin, find_tree_begin(*stream.files, stream.folder, stream.origin));
  SRASTA_TRY_ASSIGN(const tlog::CompactRange tree,
                    walk_tree(stream, begin.tree, head.checkpoint.size,
                              [&](unsigned level, uint64_t, const crypto::Digest& hash) {
                                begin.tiles.add(level, hash);
                              }));
  if (tree.root() == head.checkpoint.root) return begin.tiles.write();
  return make_error(Code::Corrupt, stream.folder +
                                       ": the records are not those of the checkpoint, so no tiles "
                                       "were written");
}

}  // namespace srasta::audit
