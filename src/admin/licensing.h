#pragma once

#include "access/license.h"
#include "admin/desk.h"
#include "base/result.h"
#include "crypto/signature.h"
#include "storage/sql.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::admin {

/// Whose licenses count here.
struct Licensing {
  std::vector<crypto::PublicKey> keys;
  std::string install;  ///< id of this installation
};

/// How this installation stands with its license.
struct LicenseState {
  access::Posture posture = access::Posture::ReadOnly;
  std::optional<access::License> license;
  std::string_view problem =
      {};  ///< an audit reason: the installed license does not count any more
  access::LicenseClock::Reading clock;
};

/// By the license that is installed in the database and the time that is believed. One that was
/// accepted and cannot be verified any more does not lead back to the community edition: ReadOnly.
[[nodiscard]] base::Result<LicenseState> license_state(sql::Connection& database,
                                                       const Licensing& licensing, int64_t wall,
                                                       int64_t uptime);
/// Notes the time that is believed, if it is at least a minute later than the last one noted.
[[nodiscard]] base::Result<void> note_time(sql::Connection& database,
                                           const access::LicenseClock::Reading& clock);

[[nodiscard]] std::string license_json(const LicenseState& state);

/// Takes the place of the one before. Refused with `license_invalid` and the reason.
[[nodiscard]] Answered<std::string> install_license(const Desk& desk,
                                                    service::Journal::Change& change,
                                                    const Licensing& licensing,
                                                    const std::string& text);
/// Back to the community edition.
[[nodiscard]] Answered<std::string> remove_license(const Desk& desk,
                                                   service::Journal::Change& change);
/// The wall clock is right, although it jumped.
[[nodiscard]] Answered<std::string> accept_clock(const Desk& desk,
                                                 service::Journal::Change& change);

}  // namespace srasta::admin
