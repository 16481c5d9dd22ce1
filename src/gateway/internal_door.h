#pragma once

#include "audit/ledger.h"
#include "base/log.h"
#include "base/ulid.h"
#include "identity/forwarded_authenticator.h"
#include "net/http_server.h"
#include "service/forwarded_gate.h"
#include "service/internal_routes.h"
#include "service/open_gates.h"
#include "service/pipeline.h"

#include <memory>
#include <string>
#include <vector>

namespace srasta::gateway {

/// The gateway's own Unix socket, for the other processes of the platform: the internal routes
/// behind signed identity. For one loop.
class InternalDoor {
 public:
  struct Parts {
    net::Loop& loop;
    const base::Clock& clock;
    base::Entropy& entropy;
    base::Log& log;
    audit::Ledger& ledger;
  };
  InternalDoor(const Parts& parts, std::vector<identity::ForwardingPeer> peers,
               service::InternalAnswers answers);
  ~InternalDoor();
  InternalDoor(const InternalDoor&) = delete;
  InternalDoor& operator=(const InternalDoor&) = delete;

  /// Opens `path` with mode 0600.
  base::Result<void> listen(const std::string& path);
  [[nodiscard]] net::HttpServer& server() { return server_; }

 private:
  class EverySecond;

  const service::InternalAnswers answers_;
  service::Journal journal_;
  base::UlidSource ids_;
  service::PipelineMetrics metrics_;
  service::OpenSourceGate sources_;
  service::OpenLimitGate limits_;
  const std::string resource_metadata_;  // none: only the platform comes here
  service::ForwardedGate gate_;
  net::BodyBudget bodies_;
  service::Throttle accept_failures_{base::Seconds(60)};
  service::RouteTable routes_;
  service::Pipeline pipeline_;
  net::HttpServer server_;
  std::unique_ptr<EverySecond> every_second_;
};

}  // namespace srasta::gateway
