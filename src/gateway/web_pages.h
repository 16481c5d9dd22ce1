#pragma once

#include "service/forwarding_client.h"
#include "service/hosted_plane.h"

#include <span>
#include <string>

namespace srasta::gateway {

/// The pages of the sign-in and the sessions of browsers, which another process of the platform
/// has: what it needs of a request goes there, signed, and its answer comes back. On one core.
class WebPages final : public service::SessionSource {
 public:
  /// Both references must outlive it. `service`: the process that has the pages.
  WebPages(const service::PlaneCore& core, service::ForwardingClient& client, std::string service)
      : core_(core), client_(client), service_(std::move(service)) {}

  /// Public routes, all of them.
  void bind(service::RouteTable& table, std::span<const service::RouteSpec* const> routes);

  net::Task<Found> find(service::Request& request, std::string cookie, bool touch) override;

 private:
  net::Task<void> serve(service::Request& request);

  const service::PlaneCore& core_;
  service::ForwardingClient& client_;
  const std::string service_;
};

}  // namespace srasta::gateway
