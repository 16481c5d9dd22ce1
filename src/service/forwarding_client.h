#pragma once

#include "access/caller.h"
#include "audit/ledger.h"
#include "base/clock.h"
#include "base/result.h"
#include "identity/forwarded.h"
#include "identity/forwarded_principal.h"
#include "net/http_client.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace srasta::service {

/// What is asked of another service of the platform. There is no place for header fields of
/// somebody else: nothing that came from outside passes but what is named here.
struct ForwardedAsk {
  std::string method = "GET";
  std::string target;        ///< path and query
  std::string content_type;  ///< empty: none
  /// Whom the work is for; null: the asking service itself. Must outlive the exchange.
  const access::Caller* on_behalf_of = nullptr;
  std::string request_id;
  std::string trace_parent;                 ///< as it came from outside; left out when malformed
  base::Micros within = base::Seconds(30);  ///< until the whole answer is there
  size_t longest_answer = size_t{1} << 20;  ///< of its body, which is held in memory
};

struct ForwardedAnswer {
  int status = 0;
  /// Without those of the connection, and of the platform's own only X-Srasta-Error and
  /// X-Srasta-Audit, each if it came once.
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;

  /// Names compare without case.
  [[nodiscard]] std::string_view field(std::string_view name) const;
};

/// A body that is sent while it is made.
class BodySource {
 public:
  /// The next bytes, valid until the next call; empty: that was all. On an error the request is
  /// given up, so that the receiver sees no whole body.
  virtual net::Task<base::Result<std::string_view>> next() = 0;

 protected:
  ~BodySource() = default;
};

/// The principal of a caller as the next service sees it: under the name of who vouched first, with
/// the permissions and personas that were left here, so that no hop widens them, and with the kind
/// of caller and the API key that records name.
[[nodiscard]] identity::ForwardedPrincipal forwarded_principal(const access::Caller& caller);

/// `<stream>:<number of durable records>:<leaf of the last one>`, or "-" for an empty ledger: the
/// head that a sender shows to the services that it asks.
[[nodiscard]] std::string audit_head_of(const audit::Ledger& ledger);

/// Asks other services over their Unix sockets with signed internal identity, srasta-fwd-v2. For
/// one loop.
class ForwardingClient {
 public:
  /// A service that may be asked, with the key of that pair.
  struct Callee {
    std::string service;
    std::string socket;
    identity::ForwardingKey key;
  };
  struct Parts {
    net::Loop& loop;
    net::BlockingPool& blocking;
    const base::Clock& clock;
    std::string service;                ///< of this process
    std::vector<base::RoleName> roles;  ///< of this service when it acts for itself
    identity::NonceSource nonces;       ///< of this loop
    std::function<std::string()> audit_head;
  };
  ForwardingClient(Parts parts, std::vector<Callee> callees);
  ForwardingClient(const ForwardingClient&) = delete;
  ForwardingClient& operator=(const ForwardingClient&) = delete;
  ~ForwardingClient();

  using Outcome = base::Result<ForwardedAnswer>;
  /// With a body that is held: its digest is signed with the head. Errors: NotFound (no such
  /// callee), Invalid (the ask cannot be put into a head), Unavailable (not reached, no HTTP, or
  /// this service was refused there), TooLarge (the answer), Timeout, Cancelled.
  net::Task<Outcome> ask(std::string callee, ForwardedAsk ask, std::string body, net::Scope& scope);
  /// With a body that is sent while it is made: a MAC follows it as a trailer. Also fails with what
  /// `body` fails with. `body` must outlive the exchange.
  net::Task<Outcome> ask_streaming(std::string callee, ForwardedAsk ask, BodySource& body,
                                   net::Scope& scope);

 private:
  struct Peer;
  struct Sending;
  [[nodiscard]] Peer* find(std::string_view callee) const;
  [[nodiscard]] base::Result<void> sign(Sending& sending);
  net::Task<Outcome> exchange(Sending& sending, net::Scope& scope, bool may_repeat);
  net::Task<net::ClientFault> send(Sending& sending, net::HttpClientConnection& connection,
                                   net::Scope& scope);
  net::Task<net::ClientFault> send_streamed(Sending& sending, net::HttpClientConnection& connection,
                                            net::Scope& scope);
  net::Task<Outcome> receive(Sending& sending, net::HttpClientConnection& connection,
                             net::Scope& scope);

  Parts parts_;
  std::vector<std::unique_ptr<Peer>> peers_;
};

}  // namespace srasta::service
