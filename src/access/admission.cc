#include "access/admission.h"

#include <utility>

namespace srasta::access {

Admission::Outcome Admission::admit(std::shared_ptr<const Claimed> claimed,
                                    const AccessSnapshot& snapshot,
                                    std::string_view chosen_persona) {
  auto standing = standing_of(claimed->facts(), snapshot, chosen_persona);
  if (!standing) return std::unexpected(standing.error());
  return std::make_shared<const Caller>(Caller(std::move(claimed), *std::move(standing)));
}

std::shared_ptr<const Caller> Admission::admit_vouched(std::shared_ptr<const Claimed> claimed) {
  Standing standing = vouched_standing(claimed->facts());
  return std::make_shared<const Caller>(Caller(std::move(claimed), std::move(standing)));
}

std::shared_ptr<const Caller> Admission::admit_service(std::shared_ptr<const Claimed> claimed,
                                                       const RoleTable& roles) {
  Standing standing = service_standing(claimed->facts(), roles);
  return std::make_shared<const Caller>(Caller(std::move(claimed), std::move(standing)));
}

}  // namespace srasta::access
