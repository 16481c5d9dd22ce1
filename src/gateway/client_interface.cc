#include "gateway/client_interface.h"

#include <array>

namespace srasta::gateway {
namespace {

using dialects::Protocol;
using inference::BodyKind;

struct Row {
  std::string_view path;
  ClientInterface interface;
};

// What is not here is OpenAI's, has no counterpart elsewhere, and generates no tokens: embeddings,
// rerank, moderations, speech, images.
constexpr auto kRows = std::to_array<Row>({
    {"/v1/chat/completions", {.translatable = true, .kind = BodyKind::Chat}},
    {"/v1/completions", {.kind = BodyKind::Completions}},
    {"/v1/responses",
     {.protocol = Protocol::Responses, .translatable = true, .kind = BodyKind::Responses}},
    {"/v1/messages",
     {.protocol = Protocol::Messages, .translatable = true, .kind = BodyKind::Messages}},
    {"/v1/messages/count_tokens", {.protocol = Protocol::Messages, .counts_tokens = true}},
    {"/api/chat",
     {.protocol = Protocol::Ollama, .kind = BodyKind::Ollama, .streams_by_default = true}},
    {"/api/generate",
     {.protocol = Protocol::Ollama, .kind = BodyKind::Ollama, .streams_by_default = true}},
    {"/api/embed", {.protocol = Protocol::Ollama}},
});

}  // namespace

ClientInterface interface_of(std::string_view route_path) {
  for (const Row& row : kRows) {
    if (row.path == route_path) return row.interface;
  }
  return {};
}

std::string_view path_of(Protocol protocol) {
  switch (protocol) {
    case Protocol::Responses:
      return "/v1/responses";
    case Protocol::Messages:
      return "/v1/messages";
    case Protocol::Ollama:
      return "/api/chat";
    case Protocol::Chat:
      break;
  }
  return "/v1/chat/completions";
}

}  // namespace srasta::gateway
