#include "gateway/routes.h"

#include "gateway/protected_resource.h"

#include <array>

namespace srasta::gateway {
namespace route {

using access::Permission;
using audit::Act;
using audit::Durability;
using dialects::Dialect;
using service::Access;
using service::BodyMode;
using service::LicenseColumn;
using service::LimitsClass;
using service::Method;
using service::RouteSpec;
using service::TimeoutClass;

namespace {

consteval RouteSpec probe(std::string_view path, std::string_view summary) {
  return RouteSpec(Method::Get, path, Access::everybody(), {Act::HttpProbe, Durability::May},
                   LimitsClass::Probe, BodyMode::None, TimeoutClass::Quick, LicenseColumn::Always,
                   Dialect::Problem, summary);
}

consteval RouteSpec listing(std::string_view path, std::string_view summary) {
  return RouteSpec(Method::Get, path, Access::requires_permission(Permission::InferenceModels),
                   {Act::InferenceList, Durability::Should}, LimitsClass::Control, BodyMode::None,
                   TimeoutClass::Quick, LicenseColumn::Always, Dialect::OpenAi, summary);
}

consteval RouteSpec generation(std::string_view path, Permission permission,
                               std::string_view summary) {
  return RouteSpec(Method::Post, path, Access::requires_permission(permission),
                   {Act::InferenceRequest, Durability::Should}, LimitsClass::Inference,
                   BodyMode::Json, TimeoutClass::Generation, LicenseColumn::Always, Dialect::OpenAi,
                   summary);
}

}  // namespace

constexpr RouteSpec kHealth = probe("/healthz", "The process is alive");
constexpr RouteSpec kReady = probe("/readyz", "Evidence can be written and identities verified");
constexpr RouteSpec kReadyInference = probe("/readyz/inference", "An inference server answers");
constexpr RouteSpec kOpenApi = probe("/openapi.json", "This description");
constexpr RouteSpec kDiscovery =
    probe("/.well-known/openid-configuration", "Discovery document of the built-in issuer");
constexpr RouteSpec kAuthorizationServer =
    probe("/.well-known/oauth-authorization-server", "The same by RFC 8414");
constexpr RouteSpec kKeys = probe("/.well-known/jwks.json", "Keys of the built-in issuer");
constexpr RouteSpec kProtectedResource =
    probe(kProtectedResourcePath, "OAuth protected resource metadata (RFC 9728)");
constexpr RouteSpec kMetrics =
    RouteSpec(Method::Get, "/metrics", Access::requires_permission(Permission::AdminMetrics),
              {Act::AdminMetrics, Durability::Should}, LimitsClass::Control, BodyMode::None,
              TimeoutClass::Quick, LicenseColumn::Always, Dialect::Problem,
              "Metrics in the Prometheus text format");
constexpr RouteSpec kExplain = RouteSpec(
    Method::Post, "/srasta/v1/access/explain", Access::requires_permission(Permission::AdminRead),
    {Act::AdminRead, Durability::Should}, LimitsClass::Control, BodyMode::Json, TimeoutClass::Quick,
    LicenseColumn::Always, Dialect::Problem, "Whether somebody may do something, and why");
constexpr RouteSpec kEngines = RouteSpec(
    Method::Get, "/srasta/v1/inference/engines", Access::requires_permission(Permission::AdminRead),
    {Act::AdminRead, Durability::Should}, LimitsClass::Control, BodyMode::None, TimeoutClass::Quick,
    LicenseColumn::Always, Dialect::Problem, "Engines, their state, and where each name leads");
constexpr RouteSpec kModels = listing("/v1/models", "Models that you may use");
constexpr RouteSpec kModel = listing("/v1/models/{model}", "One model");
constexpr RouteSpec kChat = generation("/v1/chat/completions", Permission::InferenceInvoke,
                                       "Chat completion, streamed or whole");
constexpr RouteSpec kCompletions =
    generation("/v1/completions", Permission::InferenceInvoke, "Text completion");
constexpr RouteSpec kEmbeddings =
    generation("/v1/embeddings", Permission::InferenceEmbed, "Embedding vectors");

}  // namespace route

std::span<const service::RouteSpec* const> all_routes() {
  static constexpr std::array kAll = {&route::kHealth,         &route::kReady,
                                      &route::kReadyInference, &route::kOpenApi,
                                      &route::kDiscovery,      &route::kAuthorizationServer,
                                      &route::kKeys,           &route::kProtectedResource,
                                      &route::kMetrics,        &route::kExplain,
                                      &route::kEngines,        &route::kModels,
                                      &route::kModel,          &route::kChat,
                                      &route::kCompletions,    &route::kEmbeddings};
  return kAll;
}

}  // namespace srasta::gateway
