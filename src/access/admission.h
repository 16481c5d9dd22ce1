#pragma once

#include "access/caller.h"
#include "access/claimed.h"
#include "access/snapshot.h"
#include "access/standing.h"

#include <expected>
#include <memory>
#include <string_view>

namespace srasta::access {

/// The only maker of callers: gives what a verifier vouches for its standing here.
class Admission {
 public:
  using Outcome = std::expected<std::shared_ptr<const Caller>, Barred>;

  /// With `chosen_persona`, narrowed to one of the claimed personas (see `standing_of`).
  [[nodiscard]] static Outcome admit(std::shared_ptr<const Claimed> claimed,
                                     const AccessSnapshot& snapshot,
                                     std::string_view chosen_persona = {});
  /// See `vouched_standing`. Never null.
  [[nodiscard]] static std::shared_ptr<const Caller> admit_vouched(
      std::shared_ptr<const Claimed> claimed);
  /// See `service_standing`. Never null.
  [[nodiscard]] static std::shared_ptr<const Caller> admit_service(
      std::shared_ptr<const Claimed> claimed, const RoleTable& roles);
};

}  // namespace srasta::access
