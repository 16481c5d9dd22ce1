#pragma once

#include "access/caller.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/ulid.h"
#include "net/http_server.h"
#include "service/journal.h"
#include "service/request.h"
#include "service/route_table.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::service {

/// What became of a request's credential.
struct Identified {
  std::shared_ptr<const access::Caller> caller;  ///< set: verified
  ErrorCode code = ErrorCode::CredentialsMissing;
  audit::Act act = audit::Act::AuthFail;      ///< of the refusal
  std::string_view reason = "no_credential";  ///< audit reason of the refusal
  std::string note;                           ///< for 403: the claims that were looked at
  bool first_use = false;                     ///< the credential was verified now, not remembered
};

/// Turns a request's credential into a caller. May wait for keys.
class IdentityGate {
 public:
  virtual net::Task<Identified> identify(Request& request) = 0;

 protected:
  ~IdentityGate() = default;
};

/// Counts of one core.
struct PipelineMetrics {
  std::array<base::Counter, 6> by_status_class;  ///< index = status / 100; 0 = no answer
  base::Counter refused;
  base::Gauge in_flight;
  base::DurationHistogram duration;
};

/// The gates that every request passes, in their order: head, path, route, identity, permission,
/// limits, body; then its handler; then evidence. A gate that refuses answers, records the refusal,
/// and no later gate runs. One instance per loop.
class Pipeline final : public net::Application {
 public:
  struct Settings {
    size_t json_body = size_t{32} << 20;
    size_t all_bodies = size_t{256} << 20;                ///< buffered by this core at once
    std::array<int64_t, 3> in_flight = {256, 256, 8192};  ///< by LimitsClass, on this core
  };
  struct Parts {
    const RouteTable& routes;
    IdentityGate& identity;
    Journal& journal;
    base::UlidSource& ids;
    base::Log& log;
    PipelineMetrics& metrics;
  };

  Pipeline(const Parts& parts, const Settings& settings) : parts_(parts), settings_(settings) {}

  net::Task<void> serve(net::Exchange& exchange) override;
  net::Task<void> refuse(net::Exchange& exchange, net::Refusal refusal) override;

 private:
  /// Why a gate refused: the answer, and what the ledger says.
  struct Stop {
    ErrorCode code;
    audit::Act act;
    std::string_view reason;
    std::string fields;
    std::string_view note;
  };

  net::Task<void> pass_gates(Request& request);
  [[nodiscard]] std::optional<Stop> find_route(Request& request, const BoundRoute*& route) const;
  net::Task<void> serve_private(Request& request, const BoundRoute& route);
  net::Task<std::optional<Stop>> read_body(Request& request);
  net::Task<void> run_handler(Request& request, const BoundRoute& route,
                              const access::Caller& caller);
  net::Task<void> stop(Request& request, Stop stop, const access::Caller* caller);
  void finish(const Request& request);

  const Parts parts_;
  const Settings settings_;
  size_t buffered_ = 0;
  std::array<int64_t, 3> in_flight_{};
};

}  // namespace srasta::service
