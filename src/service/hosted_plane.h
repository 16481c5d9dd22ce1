#pragma once

#include "audit/ledger.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "identity/authenticator.h"
#include "net/blocking.h"
#include "net/loop.h"
#include "service/journal.h"
#include "service/route_table.h"
#include "service/trace.h"

#include <memory>
#include <span>

namespace srasta::service {

/// What a plane is given on one core of the process that hosts it. Everything outlives its part
/// there.
struct PlaneCore {
  net::Loop& loop;
  net::BlockingPool& blocking;
  const base::Clock& clock;
  audit::Ledger& ledger;
  Journal& journal;
  base::Log& log;
  const std::string& url;  ///< of this gateway; set before the first request
};

/// Tells who a browser's session is of.
class SessionSource {
 public:
  struct Found {
    bool unavailable = false;  ///< nobody can tell now
    std::string json = {};     ///< as `Authenticator::admit_session` takes it; empty: it has ended
  };
  /// `cookie`: the value. `touch`: a person asks, and not a page by itself.
  virtual net::Task<Found> find(Request& request, std::string cookie, bool touch) = 0;

 protected:
  ~SessionSource() = default;
};

/// A plane's part on one core; used on its loop only.
class CorePlane {
 public:
  CorePlane() = default;
  CorePlane(const CorePlane&) = delete;
  CorePlane& operator=(const CorePlane&) = delete;
  virtual ~CorePlane() = default;

  /// Adds what serves the plane's routes.
  virtual void bind(RouteTable& table) = 0;
  /// `snapshot` decides from now on who may do what: answers that go on end where their caller lost
  /// the right.
  virtual void recheck(const std::shared_ptr<const identity::IdentitySnapshot>& snapshot) = 0;
  /// Null unless this plane knows the sessions of browsers.
  [[nodiscard]] virtual SessionSource* sessions() { return nullptr; }
  /// Null unless this plane takes traces.
  [[nodiscard]] virtual Tracer* tracer() { return nullptr; }
};

/// A plane without a process of its own: another one's process serves its routes.
class HostedPlane {
 public:
  HostedPlane() = default;
  HostedPlane(const HostedPlane&) = delete;
  HostedPlane& operator=(const HostedPlane&) = delete;
  virtual ~HostedPlane() = default;

  [[nodiscard]] virtual std::span<const RouteSpec* const> routes() const = 0;
  [[nodiscard]] virtual std::unique_ptr<CorePlane> open_core(const PlaneCore& core) = 0;
  /// Begins what it does in the background. After all cores were opened.
  virtual void start() = 0;
  /// Its families of the process's page of metrics. Any thread.
  virtual void add_metrics(base::MetricsPage& /*page*/) const {}
  /// Ends it, and waits for that. No loop runs any more, but all are still there.
  virtual void stop() = 0;
};

}  // namespace srasta::service
