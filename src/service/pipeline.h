#pragma once

#include "access/caller.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/ulid.h"
#include "net/http_server.h"
#include "service/journal.h"
#include "service/recorded_uses.h"
#include "service/request.h"
#include "service/route_table.h"

#include <array>
#include <atomic>
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
  Stranger stranger = {};                     ///< for 403: whose credential verified all the same
  bool first_use = false;                     ///< the credential was verified now, not remembered
  std::string fields = {};                    ///< whole header lines of the refusal
  std::string_view hint = {};  ///< for the log: what an operator can do; of a closed set
};

/// Turns a request's credential into a caller. May wait for keys.
class IdentityGate {
 public:
  IdentityGate() = default;
  IdentityGate(const IdentityGate&) = delete;
  IdentityGate& operator=(const IdentityGate&) = delete;
  virtual ~IdentityGate() = default;
  virtual net::Task<Identified> identify(Request& request) = 0;
};

/// What is known of the address behind a connection, and bounds on it.
class SourceGate {
 public:
  /// The address that limits and logs go by.
  [[nodiscard]] virtual std::string client_of(net::Exchange& exchange) const = 0;
  [[nodiscard]] virtual bool admit(const std::string& peer) = 0;
  virtual void left(const std::string& peer) = 0;
  /// The server itself had no room for a connection of `peer`.
  virtual void turned_away(const std::string& peer) = 0;

 protected:
  ~SourceGate() = default;
};

/// What callers may take in a while. Runs before the body is read.
class LimitGate {
 public:
  struct Refused {
    ErrorCode code = ErrorCode::RateLimited;
    std::string_view reason;  ///< audit reason
    std::string fields;       ///< header lines of the answer, Retry-After first
  };
  [[nodiscard]] virtual std::optional<Refused> admit(Request& request,
                                                     const access::Caller& caller) = 0;

 protected:
  ~LimitGate() = default;
};

/// Lets something through once in a while. Any thread.
class Throttle {
 public:
  explicit Throttle(base::Micros pause) : pause_(pause) {}

  [[nodiscard]] bool pass(base::MonoTime now) {
    const int64_t ticks = now.time_since_epoch().count();
    int64_t next = next_.load(std::memory_order_relaxed);
    return ticks >= next && next_.compare_exchange_strong(next, ticks + pause_.count());
  }

 private:
  const base::Micros pause_;
  std::atomic<int64_t> next_{0};
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
    uint64_t upload = uint64_t{512} << 20;
    /// By LimitsClass, on this core. Strangers wait at the pages of the sign-in, and must not take
    /// the places of callers.
    std::array<int64_t, 4> in_flight = {256, 256, 8192, 256};
    /// Requests come from outside: fields of the platform are removed before anything reads them.
    bool is_edge = true;
  };
  struct Parts {
    const base::Clock& clock;
    const RouteTable& routes;
    SourceGate& sources;
    IdentityGate& identity;
    LimitGate& limits;
    net::BodyBudget& bodies;  ///< shared by all cores
    Journal& journal;
    base::UlidSource& ids;
    base::Log& log;
    PipelineMetrics& metrics;
    Throttle& accept_failures;  ///< their log lines, of all cores
    /// URL of the metadata that challenges name; empty: none. Set before the first request.
    const std::string& resource_metadata;
    const UploadSpace* uploads = nullptr;  ///< null where no route takes any
  };

  Pipeline(const Parts& parts, const Settings& settings) : parts_(parts), settings_(settings) {}

  /// Takes effect with the next request.
  void set(const Settings& settings) { settings_ = settings; }
  /// From now on requests of verified callers are traced; `tracer` outlives the pipeline.
  void trace_by(Tracer& tracer) { tracer_ = &tracer; }

  bool admit(const std::string& peer) override { return parts_.sources.admit(peer); }
  void left(const std::string& peer) override { parts_.sources.left(peer); }
  void turned_away(const std::string& peer) override { parts_.sources.turned_away(peer); }
  void accept_failed(int error_number) override;
  net::Task<void> serve(net::Exchange& exchange) override;
  net::Task<void> refuse(net::Exchange& exchange, net::Refusal refusal) override;

 private:
  /// Why a gate refused: the answer, and what the ledger says.
  struct Stop {
    ErrorCode code;
    audit::Act act;
    std::string_view reason;
    std::string fields;
    std::string_view note;  ///< for the log, and for the body of a 403
    Stranger stranger = {};
    std::string_view hint = {};  ///< for the log
  };

  [[nodiscard]] Request request_of(net::Exchange& exchange);
  net::Task<void> pass_gates(Request& request);
  [[nodiscard]] std::optional<Stop> find_route(Request& request, const BoundRoute*& route) const;
  /// A page that takes a form reads it; nothing else stands before public routes.
  net::Task<void> serve_public(Request& request, const BoundRoute& route);
  net::Task<void> serve_private(Request& request, const BoundRoute& route);
  /// The gates of permission and limits, and what else is decided before the body is read.
  [[nodiscard]] std::optional<Stop> refuse_by_head(Request& request, const access::Caller& caller);
  /// A privileged credential does nothing before its first use is on disk; false: it is not.
  net::Task<bool> record_privileged(Request& request, const access::Caller& caller);
  net::Task<std::optional<Stop>> read_body(Request& request);
  net::Task<std::optional<Stop>> read_upload(Request& request);
  /// Reads it and, with signed identity, compares it with what was promised.
  net::Task<std::optional<Stop>> receive_body(Request& request, size_t limit);
  net::Task<void> run_handler(Request& request, const BoundRoute& route,
                              const access::Caller& caller);
  net::Task<void> stop(Request& request, Stop stop, const access::Caller* caller);
  void note_stripped(Request& request, const access::Caller* caller);
  void finish(const Request& request);
  void log_line(const Request& request, int64_t micros) const;

  const Parts parts_;
  Settings settings_;
  std::array<int64_t, 4> in_flight_{};
  RecordedUses privileged_;
  Tracer* tracer_ = nullptr;  // null: nothing is traced
};

}  // namespace srasta::service
