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
extern const service::RouteSpec kProtectedMcp;
extern const service::RouteSpec kMetrics;
extern const service::RouteSpec kExplain;
extern const service::RouteSpec kEngines;
extern const service::RouteSpec kModels;
extern const service::RouteSpec kModel;
extern const service::RouteSpec kChat;
extern const service::RouteSpec kCompletions;
extern const service::RouteSpec kEmbeddings;
extern const service::RouteSpec kResponses;
extern const service::RouteSpec kMessages;
extern const service::RouteSpec kCountTokens;
extern const service::RouteSpec kRerank;
extern const service::RouteSpec kModerations;
extern const service::RouteSpec kSpeech;
extern const service::RouteSpec kTranscriptions;
extern const service::RouteSpec kTranslations;
extern const service::RouteSpec kImages;
extern const service::RouteSpec kImageEdits;
extern const service::RouteSpec kImageVariations;
extern const service::RouteSpec kOllamaChat;
extern const service::RouteSpec kOllamaGenerate;
extern const service::RouteSpec kOllamaEmbed;
extern const service::RouteSpec kOllamaTags;

}  // namespace route
}  // namespace srasta::gateway
