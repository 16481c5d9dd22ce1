#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::access {

/// What a verified license grants. Times are seconds since 1970.
struct License {
  std::string id;
  std::string customer;
  std::string edition;
  int64_t not_before = 0;
  int64_t expires = 0;
  std::optional<int64_t> seats = std::nullopt;  ///< accounts of people; nothing: any number
};

/// How far the license carries. Only ReadOnly refuses anything: routes that make the platform
/// larger
/// (`service::LicenseColumn::Grow`), and never one that uses, reads, backs up or takes access away.
enum class Posture : uint8_t { Community, Valid, Expiring, Grace, ReadOnly };

[[nodiscard]] std::string_view to_string(Posture posture);

inline constexpr int64_t kLicenseWarning = int64_t{30} * 24 * 60 * 60;  ///< before it expires
inline constexpr int64_t kLicenseGrace = int64_t{14} * 24 * 60 * 60;    ///< after it expired

/// Without a license: Community.
[[nodiscard]] Posture posture_of(const std::optional<License>& license, int64_t now);

/// The time that licenses go by, so that a clock that is set back, or far forward, moves none.
struct LicenseClock {
  int64_t latest = 0;  ///< the latest time that was believed; 0: none yet

  struct Reading {
    int64_t now = 0;
    bool suspect = false;  ///< the wall clock is not believed
  };
  /// Never earlier than `latest`. A wall clock more than 30 days ahead of it is not believed before
  /// this service has run for 24 hours with it, or somebody who may accepted it (which sets
  /// `latest`).
  [[nodiscard]] Reading read(int64_t wall, int64_t uptime) const;
};

}  // namespace srasta::access
