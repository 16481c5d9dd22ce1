#pragma once

#include "access/caller.h"
#include "access/role.h"
#include "base/clock.h"
#include "identity/forwarded.h"

#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace srasta::identity {

/// A service that may speak to this one. Key ids are unique among all peers of a receiver: the id
/// says whose key it is, so no service can speak as another.
struct ForwardingPeer {
  std::string service;
  ForwardingKey current;
  std::optional<ForwardingKey> previous;
};

/// Turns signed internal identity (srasta-fwd-v2) into a caller. For one thread.
class ForwardedAuthenticator {
 public:
  /// `started`: this receiver's own start (see `ForwardedVerifier`).
  ForwardedAuthenticator(std::vector<ForwardingPeer> peers, access::RoleTable roles,
                         base::WallTime started);
  ~ForwardedAuthenticator();
  ForwardedAuthenticator(const ForwardedAuthenticator&) = delete;
  ForwardedAuthenticator& operator=(const ForwardedAuthenticator&) = delete;

  /// `request.caller` is ignored: the key names it. `body` is the digest of the whole body, held by
  /// the receiver; a streamed body is refused (BodyHash). Roles that this platform does not know
  /// grant nothing.
  [[nodiscard]] std::expected<std::shared_ptr<const access::Caller>, ForwardedFault> authenticate(
      std::span<const std::pair<std::string_view, std::string_view>> fields,
      ReceivedRequest request, const crypto::Digest& body, base::WallTime now);

 private:
  struct Peer;
  [[nodiscard]] Peer* find_peer(std::string_view key_id);
  [[nodiscard]] std::shared_ptr<const access::Caller> make_caller(const Peer& peer,
                                                                  const SignedHead& head) const;

  std::vector<std::unique_ptr<Peer>> peers_;
  const access::RoleTable roles_;
};

}  // namespace srasta::identity
