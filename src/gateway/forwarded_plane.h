#pragma once

#include "base/clock.h"
#include "base/entropy.h"
#include "identity/forwarded.h"
#include "service/hosted_plane.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace srasta::gateway {

/// A plane that another process of the platform serves: this one judges its requests like any other
/// and passes on, signed, what they let through. The other process records what it did; a request
/// that it does not answer gets 503 and a record here.
class ForwardedPlane final : public service::HostedPlane {
 public:
  struct Settings {
    std::string service;  ///< its name, as it knows itself
    std::string socket;   ///< path of its Unix socket
    identity::ForwardingKey key;
    std::span<const service::RouteSpec* const> routes;  ///< static
    /// Its pages, static too; none: it has no sessions of browsers either.
    std::span<const service::RouteSpec* const> pages = {};
    base::Seconds within{30};  ///< until the whole answer is there
    size_t longest_answer = size_t{16} << 20;
  };
  ForwardedPlane(Settings settings, base::Entropy& entropy);

  [[nodiscard]] std::span<const service::RouteSpec* const> routes() const override {
    return all_routes_;
  }
  [[nodiscard]] std::unique_ptr<service::CorePlane> open_core(
      const service::PlaneCore& core) override;
  void start() override {}
  void stop() override {}

 private:
  const Settings settings_;
  std::vector<const service::RouteSpec*> all_routes_;
  const std::string boot_id_;  // of nonces
  unsigned cores_ = 0;
};

}  // namespace srasta::gateway
