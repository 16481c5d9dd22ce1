#include "access/license.h"

#include <algorithm>

namespace srasta::access {
namespace {

constexpr int64_t kDay = 24 * 60 * 60;
constexpr int64_t kBelievedJump = 30 * kDay;

}  // namespace

std::string_view to_string(Posture posture) {
  switch (posture) {
    case Posture::Community:
      return "community";
    case Posture::Valid:
      return "valid";
    case Posture::Expiring:
      return "expiring";
    case Posture::Grace:
      return "grace";
    case Posture::ReadOnly:
      return "read_only";
  }
  return "read_only";
}

Posture posture_of(const std::optional<License>& license, int64_t now) {
  if (!license) return Posture::Community;
  if (now < license->expires - kLicenseWarning) return Posture::Valid;
  if (now < license->expires) return Posture::Expiring;
  return now < license->expires + kLicenseGrace ? Posture::Grace : Posture::ReadOnly;
}

LicenseClock::Reading LicenseClock::read(int64_t wall, int64_t uptime) const {
  if (latest == 0) return {.now = wall, .suspect = false};
  const bool suspect = wall > latest + kBelievedJump && uptime < kDay;
  return {.now = suspect ? latest : std::max(wall, latest), .suspect = suspect};
}

}  // namespace srasta::access
