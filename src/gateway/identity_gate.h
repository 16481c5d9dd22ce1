#pragma once

#include "access/source_limits.h"
#include "identity/authenticator.h"
#include "net/scope.h"
#include "service/pipeline.h"

#include <expected>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

namespace srasta::gateway {

/// One core's identity gate: authenticates against the snapshot of the moment, and when a token
/// names a key that is not known yet, asks for a refresh and waits for it, at most 2 s.
class CoreIdentityGate final : public service::IdentityGate {
 public:
  /// Asks the keeper, on its own loop, and reports back on this one: true if waiting makes sense.
  using AskRefresh = std::function<void(std::string issuer, std::function<void(bool)> answer)>;

  CoreIdentityGate(const base::Clock& clock, access::SourceLimits& sources, AskRefresh ask)
      : clock_(clock), sources_(sources), ask_(std::move(ask)) {}

  /// Called on the core's loop.
  void replace(std::shared_ptr<const identity::IdentitySnapshot> snapshot);
  [[nodiscard]] bool ready() const { return snapshot_ != nullptr; }

  net::Task<service::Identified> identify(service::Request& request) override;

 private:
  /// The last success on one connection. The same bytes under the same snapshot mean the same
  /// caller, which costs one comparison instead of a hash and a look-up.
  struct Memo {
    std::string authorization;
    std::shared_ptr<const identity::IdentitySnapshot> snapshot;
    std::shared_ptr<const access::Caller> caller;
    base::WallTime until;
  };
  [[nodiscard]] std::shared_ptr<const access::Caller> recall(service::Request& request) const;
  void remember(service::Request& request, const identity::Authenticated& success) const;
  /// Verifies, waiting for keys if that helps.
  net::Task<service::Identified> verify(service::Request& request);
  std::expected<identity::Authenticated, identity::Refusal> authenticate(service::Request& request);
  service::Identified accept(service::Request& request, const identity::Authenticated& success);
  net::Task<bool> wait_for_keys(service::Request& request, std::string issuer);

  const base::Clock& clock_;
  access::SourceLimits& sources_;
  const AskRefresh ask_;
  identity::Authenticator authenticator_;
  std::shared_ptr<const identity::IdentitySnapshot> snapshot_;
  std::list<net::Signal> waiting_;  // requests that wait for the next snapshot
};

}  // namespace srasta::gateway
