#include "audit/leaf_reader.h"

#include "audit/seek_record.h"
#include "audit/segment.h"

#include <algorithm>
#include <ranges>

namespace srasta::audit {

base::Error LeafReader::missing() const {
  return base::make_error(base::Code::Corrupt,
                          folder_ + ": record " + std::to_string(next_) + " is not there");
}

base::Error LeafReader::pruned(uint64_t first_kept) const {
  return base::make_error(base::Code::Corrupt,
                          folder_ + ": record " + std::to_string(std::max(next_, skip_to_)) +
                              " is gone: the first one that is there is " +
                              std::to_string(first_kept) +
                              "; `srasta audit verify` says whether they were pruned");
}

/// The last segment that begins with `next_`, or before `skip_to_`.
base::Result<void> LeafReader::open_segment() {
  SRASTA_TRY_ASSIGN(const auto names, files_->list(folder_ + "/seg"));
  std::optional<uint64_t> found;
  uint64_t first_kept = 0;
  for (const std::string& name : std::views::reverse(names)) {
    const auto first = parse_segment_name(name);
    first_kept = first.value_or(first_kept);
    if (found) continue;
    if (first && *first <= std::max(next_, skip_to_)) found = first;
  }
  if (!found && first_kept > 0) return pruned(first_kept);
  if (!found || *found < next_) return missing();
  SRASTA_TRY_ASSIGN(file_,
                    files_->open(folder_ + "/seg/" + segment_name(*found), base::OpenMode::Read));
  next_ = *found;
  offset_ = 0;
  if (skip_to_ <= next_) return {};
  SRASTA_TRY_ASSIGN(const auto before, seek_record(*file_, skip_to_ - 1));
  if (!before) return {};
  next_ = skip_to_;
  offset_ = before->end();
  return {};
}

base::Result<void> LeafReader::read_to(
    uint64_t size,
    const std::function<void(std::string_view line, const crypto::Digest& leaf)>& visit) {
  while (next_ < size) {
    if (!file_) SRASTA_TRY(open_segment());
    LineReader lines(*file_, offset_);
    while (next_ < size) {
      SRASTA_TRY_ASSIGN(const auto line, lines.next());
      if (!line || !line->complete) break;
      const auto leaf = leaf_in_line(line->text);
      if (!leaf) return missing();
      if (next_ >= skip_to_) visit(line->text, *leaf);
      ++next_;
      offset_ = line->offset + line->text.size() + 1;
    }
    if (next_ < size) {
      const uint64_t at = next_;
      SRASTA_TRY(open_segment());
      if (next_ != at) return missing();
    }
  }
  return {};
}

}  // namespace srasta::audit
