#include "audit/known_log.h"

#include "audit/epoch.h"
#include "audit/epoch_keys.h"
#include "audit/record.h"
#include "audit/seek_record.h"
#include "audit/segment.h"
#include "audit/signed_head.h"
#include "audit/tile_files.h"
#include "tlog/proof.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace srasta::audit {
namespace {

base::Error doubt(const std::string& about) {
  return base::make_error(base::Code::Corrupt, about + " cannot be taken as it is");
}

class Finder {
 public:
  explicit Finder(const KnownLogQuestion& question)
      : question_(question),
        files_(*question.place.files),
        size_(std::min(question.checkpoint.size, question.under_way.size)),
        nodes_(question.checkpoint.size, stored_tiles(files_, question.place.folder)) {}

  base::Result<KnownLog> run() {
    SRASTA_TRY(check_trees());
    SRASTA_TRY(find_begin());
    SRASTA_TRY(check_segments());
    SRASTA_TRY(find_last());
    SRASTA_TRY(find_epochs());
    state_.told_upto = size_;
    return KnownLog{std::move(state_), question_.under_way};
  }

 private:
  base::Result<tlog::CompactRange> tree_of(uint64_t size) {
    return tlog::CompactRange::restore(size, nodes_);
  }

  /// The tiles give the roots that are signed.
  base::Result<void> check_trees() {
    const tlog::Checkpoint& checkpoint = question_.checkpoint;
    const UnderWay& under_way = question_.under_way;
    if (size_ == 0) return doubt("an empty tree");
    SRASTA_TRY_ASSIGN(const auto whole, tree_of(checkpoint.size));
    SRASTA_TRY_ASSIGN(tree_, tree_of(size_));
    root_ = tree_.root();
    if (whole.root() != checkpoint.root) return doubt("a tile");
    if (size_ == under_way.size && root_ != under_way.root) return doubt("what is under way");
    return {};
  }

  bool is_in_tree(const StoredRecord& record) {
    if (record.seq >= size_) return false;
    const auto path = tlog::inclusion_proof(record.seq, size_, nodes_);
    return path && tlog::verify_inclusion(record.seq, size_, record.leaf, *path, root_).ok();
  }

  base::Result<std::unique_ptr<base::File>> open(uint64_t segment) const {
    return files_.open(question_.place.folder + "/seg/" + segment_name(segment),
                       base::OpenMode::Read);
  }

  /// The first number of the segment that must hold the record.
  [[nodiscard]] uint64_t segment_of(uint64_t seq) const {
    return *std::prev(std::ranges::upper_bound(question_.segments, seq));
  }

  /// The log begins with its first record, or behind what was pruned.
  base::Result<void> find_begin() {
    if (question_.segments.empty() || question_.segments.front() >= size_)
      return doubt("a segment");
    const uint64_t first = question_.segments.front();
    if (first > 0) return find_pruned(first);
    SRASTA_TRY_ASSIGN(const auto segment, open(0));
    SRASTA_TRY_ASSIGN(const auto found, first_record(*segment));
    if (!found || !is_number(found, 0) ||
        found->record.prev != first_prev(question_.place.origin, question_.first_key)) {
      return doubt("the first record");
    }
    state_.epochs.push_back({.key = question_.first_key,
                             .time = time_of(found->line),
                             .size = 1,
                             .root = found->record.leaf});
    return {};
  }

  base::Result<void> find_pruned(uint64_t first) {
    const auto pruned = prune_for(question_.prunes, first);
    if (!pruned || pruned->upto() != first) return doubt("the first segment");
    SRASTA_TRY_ASSIGN(const auto tree, tree_of(first));
    if (tree.hashes() != pruned->tree.hashes()) return doubt("a tile");
    begin_behind(state_, *pruned);
    return {};
  }

  /// Each segment begins with the record that it is named by, and ends where the next one begins.
  base::Result<void> check_segments() {
    const std::vector<uint64_t>& segments = question_.segments;
    for (size_t i = 0; i < segments.size() && segments[i] < size_; ++i) {
      const bool goes_on = i + 1 == segments.size() || segments[i + 1] > size_;
      SRASTA_TRY_ASSIGN(const auto segment, open(segments[i]));
      SRASTA_TRY_ASSIGN(const auto begin, first_record(*segment));
      SRASTA_TRY_ASSIGN(const auto end, last_record(*segment));
      if (!is_number(begin, segments[i]) || (!goes_on && !is_number(end, segments[i + 1] - 1))) {
        return doubt(segment_name(segments[i]));
      }
    }
    return {};
  }

  bool is_number(const std::optional<SegmentRecord>& found, uint64_t seq) {
    return found && found->record.seq == seq && is_in_tree(found->record);
  }

  base::Result<SegmentRecord> read_record(uint64_t seq) {
    SRASTA_TRY_ASSIGN(const auto segment, open(segment_of(seq)));
    SRASTA_TRY_ASSIGN(auto found, seek_record(*segment, seq));
    if (found && is_in_tree(found->record)) return *std::move(found);
    return doubt("record " + std::to_string(seq));
  }

  base::Result<void> find_last() {
    SRASTA_TRY_ASSIGN(const SegmentRecord last, read_record(size_ - 1));
    state_.end = {.next_seq = size_, .leaf = last.record.leaf};
    state_.tree = tree_;
    state_.fence = last.record.fence;
    state_.segment = segment_of(size_ - 1);
    state_.segment_size = last.end();
    return {};
  }

  /// The epochs that began since, by the files of those that ended.
  base::Result<void> find_epochs() {
    const TreeHead::Place& place = question_.place;
    const EpochKeys keys(files_, place.folder, place.origin);
    const size_t known = state_.epochs.size();
    while (true) {
      const uint64_t epoch = state_.epochs.size() - 1;
      SRASTA_TRY_ASSIGN(
          const auto end,
          read_head(files_, place.folder + "/" + epoch_end_file(epoch), place.origin));
      if (!end || end->checkpoint.size > size_) break;
      const uint64_t size = end->checkpoint.size;
      if (size <= std::max(state_.epochs.back().size, state_.pruned)) {
        return doubt(epoch_end_file(epoch));
      }
      SRASTA_TRY_ASSIGN(const auto tree, tree_of(size));
      if (tree.root() != end->checkpoint.root) return doubt(epoch_end_file(epoch));
      SRASTA_TRY_ASSIGN(const auto key, keys.load_public(epoch + 1));
      state_.epochs.push_back(
          {.key = key_bytes(key), .time = {}, .size = size, .root = tree.root()});
    }
    if (state_.epochs.size() > known) return check_last_epoch();
    return {};
  }

  /// Its key is the one that counts, so the record that names it is looked at.
  base::Result<void> check_last_epoch() {
    EpochBegin& last = state_.epochs.back();
    SRASTA_TRY_ASSIGN(const SegmentRecord found, read_record(last.size - 1));
    const auto says = parse_epoch_record(found.line);
    if (!says || says->epoch + 1 != state_.epochs.size() || says->key != last.key) {
      return doubt("the last epoch");
    }
    last.time = time_of(found.line);
    return {};
  }

  const KnownLogQuestion& question_;
  base::FileSystem& files_;
  const uint64_t size_;
  tlog::TileReader nodes_;
  tlog::CompactRange tree_;  ///< of `size_`
  crypto::Digest root_{};
  LogState state_;
};

}  // namespace

base::Result<KnownLog> find_known_log(const KnownLogQuestion& question) {
  return Finder(question).run();
}

}  // namespace srasta::audit
