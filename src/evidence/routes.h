#pragma once

#include "service/route.h"

#include <span>

namespace srasta::evidence {

/// Every route of this plane, in the order of the documentation.
[[nodiscard]] std::span<const service::RouteSpec* const> all_routes();

namespace route {

extern const service::RouteSpec kRecords;
extern const service::RouteSpec kStream;
extern const service::RouteSpec kReceipt;
extern const service::RouteSpec kCheckpoint;

}  // namespace route
}  // namespace srasta::evidence
