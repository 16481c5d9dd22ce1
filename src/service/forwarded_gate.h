#pragma once

#include "base/clock.h"
#include "identity/forwarded_authenticator.h"
#include "service/pipeline.h"

#include <string>

namespace srasta::service {

/// The identity gate of a service's own socket: signed internal identity and nothing else. Only
/// services acting for themselves are admitted, and only requests without a body: no route of an
/// internal socket takes more yet.
class ForwardedGate final : public IdentityGate {
 public:
  /// `callee`: the name of this service. `clock` must outlive the gate.
  ForwardedGate(std::string callee, std::vector<identity::ForwardingPeer> peers,
                const base::Clock& clock);

  net::Task<Identified> identify(Request& request) override;

 private:
  [[nodiscard]] Identified judge(const http::RequestHead& head);

  const std::string callee_;
  const base::Clock& clock_;
  identity::ForwardedAuthenticator authenticator_;
};

}  // namespace srasta::service
