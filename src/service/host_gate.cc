#include "service/host_gate.h"

#include "identity/host_operator.h"

namespace srasta::service {

net::Task<Identified> HostGate::identify(Request& request) {
  const auto peer = request.exchange.peer_user();
  auto caller = peer ? identity::HostOperator::admit(*peer, keeper_) : nullptr;
  if (caller) co_return Identified{.caller = std::move(caller), .note = {}};
  co_return Identified{.caller = nullptr,
                       .code = ErrorCode::PermissionDenied,
                       .reason = "permission",
                       .note = "the user of the operating system"};
}

}  // namespace srasta::service
