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

consteval RouteSpec listing(std::string_view path, std::string_view summary,
                            Dialect dialect = Dialect::OpenAi) {
  return RouteSpec(Method::Get, path, Access::requires_permission(Permission::InferenceModels),
                   {Act::InferenceList, Durability::Should}, LimitsClass::Control, BodyMode::None,
                   TimeoutClass::Quick, LicenseColumn::Always, dialect, summary);
}

consteval RouteSpec generation(std::string_view path, Permission permission,
                               std::string_view summary, Dialect dialect = Dialect::OpenAi,
                               BodyMode body = BodyMode::Json) {
  return RouteSpec(Method::Post, path, Access::requires_permission(permission),
                   {Act::InferenceRequest, Durability::Should}, LimitsClass::Inference, body,
                   TimeoutClass::Generation, LicenseColumn::Always, dialect, summary);
}

consteval RouteSpec upload(std::string_view path, std::string_view summary) {
  return generation(path, Permission::InferenceInvoke, summary, Dialect::OpenAi, BodyMode::Upload);
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
constexpr RouteSpec kProtectedMcp =
    probe(kProtectedMcpPath, "The same of the endpoint of the Model Context Protocol");
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
constexpr RouteSpec kResponses =
    generation("/v1/responses", Permission::InferenceInvoke, "OpenAI Responses, streamed or whole");
constexpr RouteSpec kMessages =
    generation("/v1/messages", Permission::InferenceInvoke, "Anthropic Messages, streamed or whole",
               Dialect::Anthropic);
constexpr RouteSpec kCountTokens =
    generation("/v1/messages/count_tokens", Permission::InferenceInvoke,
               "How many tokens a Messages request has", Dialect::Anthropic);
constexpr RouteSpec kRerank =
    generation("/v1/rerank", Permission::InferenceInvoke, "Documents in the order of a question");
constexpr RouteSpec kModerations =
    generation("/v1/moderations", Permission::InferenceInvoke, "What is objectionable in a text");
constexpr RouteSpec kSpeech =
    generation("/v1/audio/speech", Permission::InferenceInvoke, "A text read aloud");
constexpr RouteSpec kImages =
    generation("/v1/images/generations", Permission::InferenceInvoke, "Images of a description");
constexpr RouteSpec kTranscriptions = upload("/v1/audio/transcriptions", "Speech as text");
constexpr RouteSpec kTranslations = upload("/v1/audio/translations", "Speech as English text");
constexpr RouteSpec kImageEdits =
    upload("/v1/images/edits", "Images of an image and a description");
constexpr RouteSpec kImageVariations = upload("/v1/images/variations", "Images like an image");
constexpr RouteSpec kOllamaChat = generation("/api/chat", Permission::InferenceInvoke,
                                             "Ollama chat, streamed or whole", Dialect::Ollama);
constexpr RouteSpec kOllamaGenerate =
    generation("/api/generate", Permission::InferenceInvoke, "Ollama completion, streamed or whole",
               Dialect::Ollama);
constexpr RouteSpec kOllamaEmbed = generation("/api/embed", Permission::InferenceEmbed,
                                              "Ollama embedding vectors", Dialect::Ollama);
constexpr RouteSpec kOllamaTags =
    listing("/api/tags", "Models that you may use, as Ollama lists them", Dialect::Ollama);

}  // namespace route

std::span<const service::RouteSpec* const> all_routes() {
  static constexpr std::array kAll = {&route::kHealth,         &route::kReady,
                                      &route::kReadyInference, &route::kOpenApi,
                                      &route::kDiscovery,      &route::kAuthorizationServer,
                                      &route::kKeys,           &route::kProtectedResource,
                                      &route::kProtectedMcp,   &route::kMetrics,
                                      &route::kExplain,        &route::kEngines,
                                      &route::kModels,         &route::kModel,
                                      &route::kChat,           &route::kCompletions,
                                      &route::kEmbeddings,     &route::kResponses,
                                      &route::kMessages,       &route::kCountTokens,
                                      &route::kRerank,         &route::kModerations,
                                      &route::kSpeech,         &route::kTranscriptions,
                                      &route::kTranslations,   &route::kImages,
                                      &route::kImageEdits,     &route::kImageVariations,
                                      &route::kOllamaChat,     &route::kOllamaGenerate,
                                      &route::kOllamaEmbed,    &route::kOllamaTags};
  return kAll;
}

}  // namespace srasta::gateway
