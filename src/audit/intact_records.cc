#include "audit/intact_records.h"

#include "audit/stored_records.h"

#include <cstdint>
#include <optional>

namespace srasta::audit {
namespace {

base::Error damaged(uint64_t seq) {
  return base::make_error(
      base::Code::Corrupt,
      "record " + std::to_string(seq) + " is not what was written; run `srasta audit verify`");
}

}  // namespace

base::Result<void> read_intact_records(
    base::FileSystem& files, const std::string& stream_folder,
    const std::function<base::Result<void>(const Found&)>& visit) {
  StoredRecords records(files, stream_folder);
  SRASTA_TRY_ASSIGN(const auto segments, records.segments());
  if (segments.empty()) return {};
  uint64_t next = segments.front();
  std::optional<base::Error> failed;
  for (const uint64_t segment : segments) {
    if (segment != next) return damaged(next);
    SRASTA_TRY(records.scan({.segment = segment}, [&](std::string_view line, uint64_t) {
      const auto found = intact_leaf(line, next) ? read_found(line) : std::nullopt;
      if (!found) {
        failed = damaged(next);
        return false;
      }
      auto visited = visit(*found);
      if (!visited) failed = std::move(visited).error();
      ++next;
      return !failed.has_value();
    }));
    if (failed) return *std::move(failed);
  }
  return {};
}

}  // namespace srasta::audit
