#include "audit/erasures.h"

#include "audit/prune_authority.h"

namespace srasta::audit {

Event erased_event(const Erasures& erasures, uint64_t now) {
  Event event{.act = Act::LogErased, .outcome = Outcome::Ok};
  event.data.add("stream", Label(std::string_view(erasures.stream)))
      .add("subjects", now)
      .add("total", erasures.total);
  return event;
}

base::Result<uint64_t> read_erased(base::FileSystem& files, const std::string& audit_folder,
                                   const std::string& install_id, const std::string& stream) {
  SRASTA_TRY_ASSIGN(const OperatorSays says,
                    read_operator(files, operator_question(files, audit_folder, install_id)));
  const auto found = says.erased.find(stream);
  return found == says.erased.end() ? uint64_t{0} : found->second;
}

}  // namespace srasta::audit
