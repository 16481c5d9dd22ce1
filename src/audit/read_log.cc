#include "audit/read_log.h"

#include "audit/committer.h"
#include "audit/known_log.h"
#include "audit/prune_authority.h"
#include "audit/stored_records.h"

#include <string>
#include <utility>
#include <vector>

namespace srasta::audit {
namespace {

LogQuestion question_of(const LogToRead& log) {
  return {.stream_folder = log.place.folder,
          .origin = log.place.origin,
          .first_key = log.first_key,
          .largest_batch = Committer::kBatchBytes,
          .sizes = log.heads.sizes()};
}

std::vector<PrunedPrefix> prunes_of(const TreeHead::Place& place) {
  const size_t slash = place.origin.find('/');
  return authorised_prunes_of(*place.files, place.folder.substr(0, place.folder.rfind('/')),
                              place.origin.substr(0, slash), place.origin.substr(slash + 1));
}

}  // namespace

base::Result<LogState> read_log(const LogToRead& log) {
  auto state = read_from_checkpoint(log);
  if (state) return state;
  return read_whole_log(log);
}

base::Result<LogState> read_from_checkpoint(const LogToRead& log) {
  base::FileSystem& files = *log.place.files;
  if (!log.heads.checkpoint) return base::make_error(base::Code::NotFound, "no checkpoint");
  SRASTA_TRY_ASSIGN(const SignedUnderWay under_way,
                    read_under_way(files, log.place.folder, log.place.origin));
  SRASTA_TRY_ASSIGN(const auto segments, StoredRecords(files, log.place.folder).segments());
  // `operator` is read only if records are missing.
  const bool pruned = !segments.empty() && segments.front() > 0;
  SRASTA_TRY_ASSIGN(
      const KnownLog known,
      find_known_log({.place = log.place,
                      .first_key = log.first_key,
                      .segments = segments,
                      .prunes = pruned ? prunes_of(log.place) : std::vector<PrunedPrefix>(),
                      .checkpoint = log.heads.checkpoint->checkpoint,
                      .under_way = under_way.says}));
  LogQuestion question = question_of(log);
  question.known = &known;
  question.sizes.push_back(under_way.says.size);
  SRASTA_TRY_ASSIGN(LogState state, scan_log(files, question));
  SRASTA_TRY(check_heads(log.place, log.heads, state));
  if (is_about(under_way, log.place, state)) return state;
  return base::make_error(base::Code::Corrupt, "what is under way is not known");
}

base::Result<LogState> read_whole_log(const LogToRead& log) {
  LogQuestion question = question_of(log);
  question.prunes = prunes_of(log.place);
  SRASTA_TRY_ASSIGN(LogState state, scan_log(*log.place.files, question));
  SRASTA_TRY(check_heads(log.place, log.heads, state));
  return state;
}

}  // namespace srasta::audit
