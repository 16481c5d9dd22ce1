#include "evidence/receipts.h"

#include "audit/stored_line.h"
#include "audit/stored_records.h"
#include "audit/tile_files.h"
#include "tlog/compact_range.h"
#include "tlog/note.h"
#include "tlog/proof_text.h"

#include <map>
#include <utility>

namespace srasta::evidence {
namespace {

using Node = std::pair<unsigned, uint64_t>;

/// Notes which nodes a proof is made of.
class NodeNames final : public tlog::NodeReader {
 public:
  base::Result<crypto::Digest> node(unsigned level, uint64_t index) override {
    names.emplace(Node(level, index), crypto::Digest{});
    return crypto::Digest{};
  }
  std::map<Node, crypto::Digest> names;
};

class KnownNodes final : public tlog::NodeReader {
 public:
  explicit KnownNodes(const std::map<Node, crypto::Digest>& nodes) : nodes_(nodes) {}
  base::Result<crypto::Digest> node(unsigned level, uint64_t index) override {
    const auto found = nodes_.find({level, index});
    if (found == nodes_.end()) return base::make_error(base::Code::NotFound, "no such node");
    return found->second;
  }

 private:
  const std::map<Node, crypto::Digest>& nodes_;
};

base::Error not_that_log() {
  return base::make_error(base::Code::Corrupt, "the log is not the one of its checkpoint");
}

/// One pass over the hashes that the lines carry; the wanted nodes are kept.
base::Result<void> read_nodes(base::FileSystem& files, const std::string& folder, uint64_t size,
                              std::map<Node, crypto::Digest>& wanted) {
  audit::StoredRecords records(files, folder);
  SRASTA_TRY_ASSIGN(const auto segments, records.segments());
  if (!segments.empty() && segments.front() > 0) {
    return base::make_error(base::Code::TooLarge, "records before are gone, and so are the tiles");
  }
  tlog::CompactRange range;
  const auto keep = [&wanted](unsigned level, uint64_t index, const crypto::Digest& hash) {
    const auto found = wanted.find({level, index});
    if (found != wanted.end()) found->second = hash;
  };
  for (const uint64_t segment : segments) {
    if (range.size() >= size) break;
    if (segment != range.size()) return not_that_log();
    SRASTA_TRY(records.scan({.segment = segment}, [&](std::string_view line, uint64_t) {
      const auto leaf = audit::leaf_in_line(line);
      if (!leaf || range.size() >= size) return false;
      keep(0, range.size(), *leaf);
      range.append(*leaf, keep);
      return true;
    }));
  }
  if (range.size() != size) return not_that_log();
  return {};
}

base::Result<tlog::Proof> proof_from_tiles(base::FileSystem& files, const std::string& folder,
                                           uint64_t index, uint64_t size) {
  tlog::TileReader tiles(size, audit::stored_tiles(files, folder));
  return tlog::inclusion_proof(index, size, tiles);
}

base::Result<tlog::Proof> proof_from_segments(base::FileSystem& files, const std::string& folder,
                                              uint64_t index, uint64_t size) {
  if (size > kMostLeavesWithoutTiles) {
    return base::make_error(base::Code::TooLarge, "the stream has no tiles for a proof");
  }
  NodeNames wanted;
  SRASTA_TRY_ASSIGN(const tlog::Proof shape, tlog::inclusion_proof(index, size, wanted));
  SRASTA_TRY(read_nodes(files, folder, size, wanted.names));
  KnownNodes nodes(wanted.names);
  return tlog::inclusion_proof(index, size, nodes);
}

}  // namespace

base::Result<std::string> prove(base::FileSystem& files, const std::string& stream_folder,
                                std::string_view origin, std::string_view note,
                                const RequestRecord& record) {
  tlog::ProofText text{.index = record.seq};
  auto parsed = tlog::parse_note(note);
  if (!parsed) return not_that_log();
  auto head = tlog::parse_checkpoint(parsed->text);
  if (!head || head->origin != origin) return not_that_log();
  text.note = *std::move(parsed);
  text.checkpoint = *std::move(head);
  const uint64_t size = text.checkpoint.size;
  if (record.seq >= size) return base::make_error(base::Code::NotFound, "not covered yet");
  const auto leaf = audit::intact_leaf(record.line, record.seq);
  if (!leaf) return not_that_log();
  const auto is_right = [&](const base::Result<tlog::Proof>& proof) {
    return proof &&
           tlog::verify_inclusion(record.seq, size, *leaf, *proof, text.checkpoint.root).ok();
  };
  auto proof = proof_from_tiles(files, stream_folder, record.seq, size);
  if (!is_right(proof)) {
    proof = proof_from_segments(files, stream_folder, record.seq, size);
    if (!proof) return std::move(proof).error();
    if (!is_right(proof)) return not_that_log();
  }
  text.proof = *std::move(proof);
  return tlog::write_proof_text(text);
}

}  // namespace srasta::evidence
