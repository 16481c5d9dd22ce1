#pragma once

#include "access/caller.h"
#include "access/role.h"
#include "base/clock.h"
#include "identity/forwarded.h"
#include "identity/promised_body.h"

#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace srasta::identity {

struct ForwardedPrincipal;

/// A service that may speak to this one. Key ids are unique among all peers of a receiver: the id
/// says whose key it is, so no service can speak as another.
struct ForwardingPeer {
  std::string service;
  ForwardingKey current;
  std::optional<ForwardingKey> previous;
};

/// A request that a service of this platform sent.
struct Forwarded {
  std::shared_ptr<const access::Caller> caller;
  bool for_itself = false;  ///< the sending service acts for itself, not for somebody else
  std::string request_id;   ///< of the request from outside
  AuditHead sender_head;    ///< of the sending service's audit log
  PromisedBody body;        ///< to be checked before anything of the body is used
};

/// Turns signed internal identity (srasta-fwd-v2) into a caller. For one thread.
class ForwardedAuthenticator {
 public:
  /// `roles`: of services that act for themselves. `started`: this receiver's own start (see
  /// `ForwardedVerifier`).
  ForwardedAuthenticator(std::vector<ForwardingPeer> peers, access::RoleTable roles,
                         base::WallTime started);
  ~ForwardedAuthenticator();
  ForwardedAuthenticator(const ForwardedAuthenticator&) = delete;
  ForwardedAuthenticator& operator=(const ForwardedAuthenticator&) = delete;

  /// Judges the head alone; the body comes afterwards. `request.caller` is ignored: the key names
  /// it. A service acts for itself under its own name only (Principal), with what `roles` give
  /// it. Somebody it acts for has the permissions that it passes on, and without them nothing.
  [[nodiscard]] std::expected<Forwarded, ForwardedFault> authenticate(
      std::span<const std::pair<std::string_view, std::string_view>> fields,
      ReceivedRequest request, base::WallTime now);

 private:
  struct Peer;
  [[nodiscard]] Peer* find_peer(std::string_view key_id);
  [[nodiscard]] std::shared_ptr<const access::Caller> make_caller(
      const Peer& peer, const SignedHead& head, ForwardedPrincipal principal) const;

  std::vector<std::unique_ptr<Peer>> peers_;
  const access::RoleTable roles_;
};

}  // namespace srasta::identity
