#pragma once

#include "service/pipeline.h"

#include <sys/types.h>

namespace srasta::service {

/// The identity gate of a socket for the host's own operator: who connects is who the kernel says,
/// see `identity::HostOperator`. Credentials in the request mean nothing here.
class HostGate final : public IdentityGate {
 public:
  /// `keeper`: who owns the platform's keys.
  explicit HostGate(uid_t keeper) : keeper_(keeper) {}

  net::Task<Identified> identify(Request& request) override;

 private:
  const uid_t keeper_;
};

}  // namespace srasta::service
