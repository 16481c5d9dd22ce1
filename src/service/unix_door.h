#pragma once

#include "audit/ledger.h"
#include "base/log.h"
#include "base/ulid.h"
#include "net/http_server.h"
#include "service/open_gates.h"
#include "service/pipeline.h"

#include <memory>
#include <string>

namespace srasta::service {

/// A Unix socket of a service, with the gates of a request behind it: who may come in is what its
/// identity gate says. For one loop.
class UnixDoor {
 public:
  struct Parts {
    net::Loop& loop;
    const base::Clock& clock;
    base::Entropy& entropy;
    base::Log& log;
    audit::Ledger& ledger;
  };
  /// `json_body`: the largest body of one request; four of that size may be held at once.
  UnixDoor(const Parts& parts, std::unique_ptr<IdentityGate> gate,
           size_t json_body = size_t{256} << 10);
  ~UnixDoor();
  UnixDoor(const UnixDoor&) = delete;
  UnixDoor& operator=(const UnixDoor&) = delete;

  /// Opens `path` with mode 0600.
  base::Result<void> listen(const std::string& path);
  /// No new requests.
  void drain() { server_.drain(); }
  /// The same, and those that run are cut.
  void close();
  /// Whether nobody is connected any more.
  [[nodiscard]] bool empty() const { return server_.connections() == 0; }

  /// To be filled before the first request.
  [[nodiscard]] RouteTable& routes() { return routes_; }
  [[nodiscard]] Journal& journal() { return journal_; }

 private:
  class EverySecond;

  Journal journal_;
  base::UlidSource ids_;
  PipelineMetrics metrics_;
  OpenSourceGate sources_;
  OpenLimitGate limits_;
  const std::string resource_metadata_;  // none: only the platform comes here
  const std::unique_ptr<IdentityGate> gate_;
  net::BodyBudget bodies_;
  Throttle accept_failures_{base::Seconds(60)};
  RouteTable routes_;
  Pipeline pipeline_;
  net::HttpServer server_;
  std::unique_ptr<EverySecond> every_second_;
};

}  // namespace srasta::service
