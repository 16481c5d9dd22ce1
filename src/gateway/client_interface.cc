#include "gateway/client_interface.h"

#include <array>

namespace srasta::gateway {
namespace {

using dialects::Operation;
using dialects::Protocol;
using inference::BodyKind;

struct Row {
  std::string_view path;
  ClientInterface interface;
};

// What is not here is OpenAI's, has no counterpart elsewhere, and generates no tokens: rerank,
// moderations, speech, images.
constexpr auto kRows = std::to_array<Row>({
    {"/v1/chat/completions", {.operation = Operation::Chat, .kind = BodyKind::Chat}},
    {"/v1/completions", {.kind = BodyKind::Completions}},
    {"/v1/embeddings", {.operation = Operation::Embed}},
    {"/v1/responses",
     {.protocol = Protocol::Responses, .operation = Operation::Chat, .kind = BodyKind::Responses}},
    {"/v1/messages",
     {.protocol = Protocol::Messages, .operation = Operation::Chat, .kind = BodyKind::Messages}},
    {"/v1/messages/count_tokens", {.protocol = Protocol::Messages, .counts_tokens = true}},
    {"/api/chat",
     {.protocol = Protocol::Ollama,
      .operation = Operation::Chat,
      .kind = BodyKind::Ollama,
      .streams_by_default = true}},
    {"/api/generate",
     {.protocol = Protocol::Ollama,
      .operation = Operation::Generate,
      .kind = BodyKind::Ollama,
      .streams_by_default = true}},
    {"/api/embed", {.protocol = Protocol::Ollama, .operation = Operation::Embed}},
});

}  // namespace

ClientInterface interface_of(std::string_view route_path) {
  for (const Row& row : kRows) {
    if (row.path == route_path) return row.interface;
  }
  return {};
}

std::string_view path_of(Protocol protocol, Operation operation) {
  for (const Row& row : kRows) {
    const ClientInterface& one = row.interface;
    if (one.protocol == protocol && one.operation == operation) return row.path;
  }
  return {};
}

}  // namespace srasta::gateway
