#pragma once

#include "access/source_limits.h"
#include "base/shared_word.h"
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

  struct Parts {
    const base::Clock& clock;
    access::SourceLimits& sources;
    AskRefresh ask_refresh;
    /// Of the access snapshot that must be in force; a request compares one word.
    const base::SharedWord& access_epoch;
    /// Asks the keeper to take the next access snapshot over. Any thread.
    std::function<void()> ask_access;
  };
  explicit CoreIdentityGate(Parts parts) : parts_(std::move(parts)) {}

  /// Called on the core's loop.
  void replace(std::shared_ptr<const identity::IdentitySnapshot> snapshot);
  [[nodiscard]] bool ready() const { return snapshot_ && snapshot_->access; }

  /// For handlers, which run only after somebody was admitted by it.
  [[nodiscard]] const access::AccessSnapshot& access() const { return *snapshot_->access; }

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
  /// Whether somebody's rights may have changed since the snapshot was made.
  [[nodiscard]] bool is_stale() const;
  net::Task<void> wait_for_access(service::Request& request);
  service::Identified narrowed(const service::Request& request,
                               service::Identified identified) const;
  net::Task<service::Identified> identify_anyone(service::Request& request);

  const Parts parts_;
  identity::Authenticator authenticator_;
  std::shared_ptr<const identity::IdentitySnapshot> snapshot_;
  std::list<net::Signal> waiting_;  // requests that wait for the next snapshot
};

}  // namespace srasta::gateway
