#include "audit/recovery.h"

#include "audit/epoch.h"
#include "audit/segment.h"
#include "audit/stored_line.h"
#include "audit/two_phase.h"
#include "base/encoding.h"

#include <algorithm>

namespace srasta::audit {
namespace {

constexpr std::string_view kTornExtension = ".torn";
constexpr std::string_view kRecoveredStart = "{\"act\":\"log.recovered\",";

constexpr uint64_t kLargestTail = uint64_t{64} << 20;

std::string seq_digits(uint64_t seq) {
  return segment_name(seq).substr(0, 20);
}

std::string torn_name(const TornTail& torn) {
  return seq_digits(torn.from_seq) + "-" + base::to_hex(crypto::bytes_of(torn.sha256)) +
         std::string(kTornExtension);
}

/// The quarantine name of the tail that a `log.recovered` record speaks of.
std::string name_in_record(std::string_view line) {
  const auto from = base::parse_u64(find_raw_member(line, "\"from_seq\":"));
  return seq_digits(from.value_or(0)) + "-" + std::string(find_raw_member(line, "\"sha256\":\"")) +
         std::string(kTornExtension);
}

TornTail describe_tail(uint64_t from_seq, std::string_view bytes) {
  TornTail torn{.from_seq = from_seq, .bytes = bytes.size(), .sha256 = crypto::sha256(bytes)};
  while (!bytes.empty()) {
    const std::string_view line = bytes.substr(0, bytes.find('\n'));
    torn.valid_after += parse_stored_record(line) ? 1 : 0;
    bytes.remove_prefix(std::min(bytes.size(), line.size() + 1));
  }
  return torn;
}

class Scan {
 public:
  Scan(base::FileSystem& files, const LogQuestion& question)
      : files_(files), folder_(question.stream_folder), question_(question) {
    state_.end.leaf = first_prev(question.origin, question.first_key);
    if (question.known != nullptr) state_ = question.known->state;
    for (const uint64_t size : question.sizes) state_.roots[size] = {};
    if (question.known != nullptr) note_tree();
  }

  base::Result<LogState> run() {
    SRASTA_TRY_ASSIGN(const auto names, files_.list(folder_ + "/seg"));
    std::vector<uint64_t> segments;
    for (const std::string& name : names) {
      if (const auto first = parse_segment_name(name)) segments.push_back(*first);
    }
    if (question_.known != nullptr) {
      // Those before were looked at; `segment` is to be read from where it is known to.
      std::erase_if(segments, [this](uint64_t first) { return first < state_.segment; });
    } else if (!segments.empty()) {
      skip_pruned(segments.front());
    }
    for (const uint64_t& first : segments) {
      const bool goes_on = first == state_.segment;
      if (!goes_on && first != state_.end.next_seq) {
        return damaged(first, "records before it are missing");
      }
      SRASTA_TRY(
          read_segment(first, goes_on ? state_.segment_size : 0, &first == &segments.back()));
    }
    if (awaited() != nullptr) {
      return damaged(segments.back(), "records behind the pruned ones are missing");
    }
    state_.unfinished = completeness_.finish().unfinished;
    std::erase_if(state_.unfinished, [this](const Completeness::Begun& begun) {
      return begun.seq < state_.pruned || !unseen_end_of(begun.act);
    });
    return std::move(state_);
  }

 private:
  [[nodiscard]] std::string path_of(uint64_t first) const {
    return folder_ + "/seg/" + segment_name(first);
  }

  [[nodiscard]] base::Error damaged(uint64_t segment, const std::string& what) const {
    return integrity_error(folder_, path_of(segment),
                           "at record " + std::to_string(state_.end.next_seq) + ": " + what);
  }

  void skip_pruned(uint64_t first) {
    pruned_ = prune_for(question_.prunes, first);
    if (!pruned_) return;
    state_.end.next_seq = first;
    linked_ = false;
    if (pruned_->upto() == first) resume(*pruned_);
  }

  /// The prune whose end was not reached yet, so that tree and epochs are not known; else null.
  [[nodiscard]] const PrunedPrefix* awaited() const {
    return pruned_ && state_.end.next_seq < pruned_->upto() ? &*pruned_ : nullptr;
  }

  /// The records before the next one are those that were pruned.
  void resume(const PrunedPrefix& pruned) {
    linked_ = true;
    begin_behind(state_, pruned);
    note_tree();
  }

  /// What is to be kept of the tree as it is now.
  void note_tree() {
    const auto wanted = state_.roots.find(state_.tree.size());
    if (wanted != state_.roots.end()) wanted->second = state_.tree.root();
    if (question_.known == nullptr) return;
    const UnderWay& under_way = question_.known->under_way;
    if (state_.tree.size() == under_way.size) completeness_ = Completeness(under_way.begun);
  }

  base::Result<void> read_segment(uint64_t first, uint64_t offset, bool last) {
    SRASTA_TRY_ASSIGN(const auto file, files_.open(path_of(first), base::OpenMode::Read));
    state_.segment = first;
    state_.segment_size = offset;
    LineReader lines(*file, offset);
    while (true) {
      SRASTA_TRY_ASSIGN(const auto line, lines.next());
      if (!line) return {};
      if (accept(*line)) continue;
      if (!last) return damaged(first, "the record is damaged or missing");
      return judge_tail(*file, first, line->offset);
    }
  }

  bool accept(const LineReader::Line& line) {
    const auto record = line.complete ? parse_stored_record(line.text) : std::nullopt;
    if (!record || record->seq != state_.end.next_seq) return false;
    if (linked_ && record->prev != state_.end.leaf) return false;
    const PrunedPrefix* const until = awaited();
    const bool last_pruned = until != nullptr && record->seq + 1 == until->upto();
    if (last_pruned && record->leaf != until->leaf) return false;
    if (line.text.starts_with(kRecoveredStart)) {
      state_.recovered.push_back(name_in_record(line.text));
    }
    state_.end = {record->seq + 1, record->leaf};
    linked_ = true;
    state_.fence = record->fence;
    state_.segment_size = line.offset + line.text.size() + 1;
    if (last_pruned) resume(*until);
    if (until != nullptr) return true;
    state_.tree.append(record->leaf);
    completeness_.add(line.text);
    note_tree();
    note_epoch(line.text);
    return true;
  }

  void note_epoch(std::string_view line) {
    const bool first = state_.end.next_seq == 1;
    const auto record = parse_epoch_record(line);
    if (!first && !record) return;
    state_.epochs.push_back({.key = first ? question_.first_key : record->key,
                             .time = time_of(line),
                             .size = state_.tree.size(),
                             .root = state_.tree.root()});
  }

  base::Result<void> judge_tail(base::File& file, uint64_t segment, uint64_t offset) {
    SRASTA_TRY_ASSIGN(const base::FileIdentity identity, file.identity());
    if (identity.size - offset > question_.largest_batch) {
      return damaged(segment,
                     "the record is damaged or missing, and more follows than one "
                     "interrupted write leaves behind");
    }
    SRASTA_TRY_ASSIGN(const std::string bytes,
                      base::read_range(file, offset, identity.size - offset));
    TornTail torn = describe_tail(state_.end.next_seq, bytes);
    torn.segment = segment;
    torn.offset = offset;
    state_.torn = torn;
    return {};
  }

  base::FileSystem& files_;
  const std::string folder_;
  const LogQuestion& question_;
  LogState state_;
  Completeness completeness_;
  std::optional<PrunedPrefix> pruned_;
  bool linked_ = true;  ///< what the next record must name as `prev` is known
};

}  // namespace

base::WallTime time_of(std::string_view line) {
  return base::parse_utc(find_raw_time(line)).value_or(base::WallTime{});
}

void begin_behind(LogState& state, const PrunedPrefix& pruned) {
  state.end.leaf = pruned.leaf;
  state.tree = pruned.tree;
  state.pruned = pruned.upto();
  // A start tells of a tail before anything else, so the record of such a one was pruned.
  state.told_upto = pruned.upto();
  state.first_epoch = pruned.epoch;
  state.epochs.resize(pruned.epoch);
  // When it began was in a record that is gone: long ago, so that the next epoch is due.
  state.epochs.push_back({.key = pruned.epoch_key, .time = {}, .size = pruned.epoch_from});
}

base::Result<LogState> scan_log(base::FileSystem& files, const LogQuestion& question) {
  return Scan(files, question).run();
}

base::Error integrity_error(const std::string& stream_folder, const std::string& path,
                            const std::string& what) {
  const std::string audit = stream_folder.substr(0, stream_folder.find_last_of('/'));
  const std::string data = audit.substr(0, audit.find_last_of('/'));
  return base::make_error(base::Code::Corrupt,
                          "INTEGRITY: " + path + ": " + what +
                              "; nothing was changed; run: srasta audit verify --data " + data +
                              "; to put the installation back: srasta backup restore SET "
                              "--identity FILE");
}

base::Result<void> quarantine_tail(base::FileSystem& files, const std::string& stream_folder,
                                   const TornTail& torn) {
  const std::string path = stream_folder + "/seg/" + segment_name(torn.segment);
  SRASTA_TRY_ASSIGN(const auto file, files.open(path, base::OpenMode::ReadWrite));
  SRASTA_TRY_ASSIGN(const std::string bytes, base::read_range(*file, torn.offset, torn.bytes));
  SRASTA_TRY(
      base::write_file_atomic(files, stream_folder + "/quarantine/" + torn_name(torn), bytes));
  SRASTA_TRY(file->truncate(torn.offset));
  return file->sync();
}

base::Result<std::vector<TornTail>> find_unrecorded_tails(base::FileSystem& files,
                                                          const std::string& stream_folder,
                                                          const LogState& state) {
  const std::string folder = stream_folder + "/quarantine";
  SRASTA_TRY_ASSIGN(const auto names, files.list(folder));
  std::vector<TornTail> tails;
  for (const std::string& name : names) {
    if (name.size() != 20 + 1 + 64 + kTornExtension.size() || !name.ends_with(kTornExtension) ||
        std::ranges::find(state.recovered, name) != state.recovered.end()) {
      continue;
    }
    const auto from = parse_segment_name(name.substr(0, 20) + ".jsonl");
    if (!from || *from < state.told_upto) continue;
    SRASTA_TRY_ASSIGN(const std::string bytes,
                      base::read_file(files, folder + "/" + name, kLargestTail));
    tails.push_back(describe_tail(*from, bytes));
  }
  return tails;
}

}  // namespace srasta::audit
