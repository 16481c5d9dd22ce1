#pragma once

#include "service/route.h"

#include <span>

namespace srasta::tools {

/// Every route of this plane, in the order of the documentation.
[[nodiscard]] std::span<const service::RouteSpec* const> all_routes();

namespace route {

extern const service::RouteSpec kTools;
extern const service::RouteSpec kCall;
extern const service::RouteSpec kMcp;
extern const service::RouteSpec kApprovals;
extern const service::RouteSpec kApproval;
extern const service::RouteSpec kDecide;
extern const service::RouteSpec kMergeRequests;

}  // namespace route
}  // namespace srasta::tools
