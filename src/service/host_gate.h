#pragma once

#include "service/pipeline.h"

#include <sys/types.h>

namespace srasta::service {

/// The identity gate of a socket for the host's own operator: who connects is who the kernel says,
/// see `identity::HostOperator`. Credentials in the request mean nothing here.
class HostGate final : public IdentityGate {
 public:
  /// `own`: the user that this service runs as.
  explicit HostGate(uid_t own) : own_(own) {}

  net::Task<Identified> identify(Request& request) override;

 private:
  const uid_t own_;
};

}  // namespace srasta::service
