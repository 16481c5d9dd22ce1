#include "audit/stored_records.h"

#include "audit/record.h"
#include "audit/segment.h"
#include "audit/stored_line.h"

namespace srasta::audit {
namespace {

base::Error not_as_written(const std::string& folder, uint64_t seq) {
  return base::make_error(base::Code::Corrupt, "record " + std::to_string(seq) + " of " +
                                                   folder.substr(folder.rfind('/') + 1) +
                                                   " is not what was written");
}

}  // namespace

std::optional<crypto::Digest> intact_leaf(std::string_view line, uint64_t seq) {
  const auto record = parse_stored_record(line);
  if (!record || record->seq != seq) return std::nullopt;
  return record->leaf;
}

StoredActor actor_of(std::string_view line) {
  return {.id = find_raw_member(line, R"("actor":{"id":")"),
          .kind = find_raw_member(line, R"("kind":")"),
          .tenant = find_raw_member(line, R"("ten":")")};
}

base::Result<std::vector<uint64_t>> StoredRecords::segments() const {
  SRASTA_TRY_ASSIGN(const auto names, files_.list(folder_ + "/seg"));
  std::vector<uint64_t> found;
  for (const std::string& name : names) {
    if (const auto first = parse_segment_name(name)) found.push_back(*first);
  }
  return found;
}

base::Result<base::File*> StoredRecords::open(uint64_t segment) {
  if (!file_ || open_segment_ != segment) {
    SRASTA_TRY_ASSIGN(file_,
                      files_.open(folder_ + "/seg/" + segment_name(segment), base::OpenMode::Read));
    open_segment_ = segment;
  }
  return file_.get();
}

base::Result<void> StoredRecords::scan(Place from, const Visit& visit) {
  SRASTA_TRY_ASSIGN(base::File* const file, open(from.segment));
  LineReader lines(*file, from.offset);
  while (true) {
    SRASTA_TRY_ASSIGN(const auto line, lines.next());
    if (!line || !line->complete) return {};
    if (!visit(line->text, line->offset)) return {};
  }
}

base::Result<std::string> StoredRecords::read(Place place, uint64_t seq) {
  SRASTA_TRY_ASSIGN(base::File* const file, open(place.segment));
  std::string line(kMaxLineBytes, '\0');
  SRASTA_TRY_ASSIGN(const size_t got, file->read_at(place.offset, line));
  const size_t end = line.substr(0, got).find('\n');
  if (end == std::string::npos) return not_as_written(folder_, seq);
  line.resize(end);
  if (!intact_leaf(line, seq)) return not_as_written(folder_, seq);
  return line;
}

}  // namespace srasta::audit
