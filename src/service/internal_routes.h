#pragma once

#include "audit/ledger.h"
#include "service/journal.h"
#include "service/route_table.h"

#include <functional>
#include <span>
#include <string>

namespace srasta::service {

/// What every service answers to the platform itself, on its Unix socket only.
struct InternalAnswers {
  struct Health {
    bool good = false;
    std::string json;
  };
  std::function<Health()> health;
  std::function<std::string()> identity;  ///< JSON; see `ServiceIdentity`
  std::function<std::string()> metrics;   ///< Prometheus text
  /// Finishes what is in flight and ends the process.
  std::function<void()> drain;
  /// What this service writes, held still for a backup. Outlives the routes.
  audit::Ledger* ledger = nullptr;
};

/// A service whose backup does not go on in time goes on by itself.
inline constexpr base::Millis kLongestSnapshot{2'000};

/// GET /internal/health, /internal/identity, /internal/metrics, POST /internal/drain,
/// /internal/snapshot/begin, /internal/snapshot/end.
[[nodiscard]] std::span<const RouteSpec* const> internal_routes();

/// Adds the internal routes to `table`. Both references must outlive it.
void bind_internal_routes(RouteTable& table, const InternalAnswers& answers, Journal& journal);

/// What runs, so that two processes can tell whether they fit together.
struct ServiceIdentity {
  std::string service;
  std::string version;
  std::string build_digest;      ///< SHA-256 of the executable, hexadecimal; empty while unknown
  std::string config_digest;     ///< SHA-256 of the configuration in force, hexadecimal
  std::string route_digest;      ///< `route_digest` of the routes it serves
  uint64_t access_revision = 0;  ///< 0: no access rules are in force

  [[nodiscard]] std::string json() const;
};

/// SHA-256, hexadecimal, over every property of `routes` in the order of path and method: equal
/// exactly for equal tables.
[[nodiscard]] std::string route_digest(std::span<const RouteSpec* const> routes);

}  // namespace srasta::service
