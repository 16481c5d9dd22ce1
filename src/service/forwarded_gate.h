#pragma once

#include "base/clock.h"
#include "identity/forwarded_authenticator.h"
#include "service/pipeline.h"

#include <cstdint>
#include <string>

namespace srasta::service {

/// The identity gate of a service's own socket: signed internal identity and nothing else. It
/// judges the head; the pipeline holds the body back until it is the promised one.
class ForwardedGate final : public IdentityGate {
 public:
  /// Whom a service serves: only services that act for themselves, or everybody they act for.
  enum class Serves : uint8_t { Services, Everybody };

  /// `callee`: the name of this service. `clock` must outlive the gate.
  ForwardedGate(std::string callee, Serves serves, std::vector<identity::ForwardingPeer> peers,
                const base::Clock& clock);

  net::Task<Identified> identify(Request& request) override;

 private:
  [[nodiscard]] Identified judge(Request& request);

  const std::string callee_;
  const Serves serves_;
  const base::Clock& clock_;
  identity::ForwardedAuthenticator authenticator_;
};

/// Whether the body that was read into `request` is the promised one. Lets others run while a large
/// body is hashed.
net::Task<bool> keeps_promise(Request& request);

}  // namespace srasta::service
