#pragma once

#include "service/route.h"

#include <span>

namespace srasta::gateway {

/// Every route of this build, in the order of the documentation.
[[nodiscard]] std::span<const service::RouteSpec* const> all_routes();

namespace route {

extern const service::RouteSpec kHealth;
extern const service::RouteSpec kReady;
extern const service::RouteSpec kReadyInference;
extern const service::RouteSpec kOpenApi;
extern const service::RouteSpec kDiscovery;
extern const service::RouteSpec kAuthorizationServer;
extern const service::RouteSpec kKeys;
extern const service::RouteSpec kProtectedResource;
extern const service::RouteSpec kMetrics;
extern const service::RouteSpec kExplain;
extern const service::RouteSpec kEngines;
extern const service::RouteSpec kModels;
extern const service::RouteSpec kModel;
extern const service::RouteSpec kChat;
extern const service::RouteSpec kCompletions;
extern const service::RouteSpec kEmbeddings;

}  // namespace route
}  // namespace srasta::gateway
