#pragma once

#include "base/clock.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace srasta::access {

/// Bounds what one source address may take before anybody is identified: connections, credentials
/// that fail, verifications at once. A source that is over its failures may still use credentials
/// that were verified before, so a neighbour's flood locks nobody out. Memory is bounded: sources
/// beyond `sources` share one count. Any thread; never on the path of a known credential.
class SourceLimits {
 public:
  struct Settings {
    uint32_t connections = 10'000;  ///< at once, per source
    uint32_t failures = 2'000;      ///< in a burst; one per `refill` comes back
    base::Micros refill{5'000};
    uint32_t verifications = 256;  ///< that wait at once, per source
    size_t sources = 65'536;
    size_t good_credentials = 65'536;  ///< that are remembered, those of longest ago dropped first
  };

  SourceLimits() : SourceLimits(Settings{}) {}
  explicit SourceLimits(const Settings& settings) : settings_(settings) {}

  /// Takes effect for what comes next.
  void set(const Settings& settings);

  /// Whether a connection of `source` may be served; if so, `close` must follow.
  [[nodiscard]] bool open(std::string_view source);
  void close(std::string_view source);

  /// Whether a credential that this core does not know may be verified; if so, `end_verification`
  /// must follow with its outcome. `credential`: its SHA-256, or empty. One that another core has
  /// verified before may be verified again whatever its source did since.
  [[nodiscard]] bool begin_verification(std::string_view source, base::MonoTime now,
                                        std::string_view credential = {});
  void end_verification(std::string_view source, bool failed, base::MonoTime now,
                        std::string_view credential = {});

  [[nodiscard]] size_t sources() const;

 private:
  struct Source {
    uint32_t connections = 0;
    uint32_t verifications = 0;
    /// When all failures will have come back (the theoretical arrival time of GCRA).
    base::MonoTime recovered{};

    [[nodiscard]] bool idle(base::MonoTime now) const {
      return connections == 0 && verifications == 0 && recovered <= now;
    }
  };
  Source& source_of(std::string_view source);
  void forget_idle(base::MonoTime now);

  mutable std::mutex mutex_;
  Settings settings_;
  std::unordered_map<std::string, Source> sources_;
  std::unordered_set<std::string> good_;
  std::deque<std::string> good_by_age_;
};

/// The part of an address that one customer usually holds: an IPv4 address, or the first 64 bits of
/// an IPv6 address as "2001:db8:1:2::/64". Text that is neither ("unix") is returned as it is.
[[nodiscard]] std::string source_network(std::string_view address);

}  // namespace srasta::access
