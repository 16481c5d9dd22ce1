#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

// Private to dialects/: requests of Ollama's clients, for an engine that speaks Chat Completions.
// https://docs.ollama.com/api
namespace srasta::dialects {

/// Of `/api/chat`.
[[nodiscard]] base::Result<std::string> chat_request_of_ollama(std::string_view body);
/// Of `/api/generate`: a chat of one message.
[[nodiscard]] base::Result<std::string> chat_request_of_ollama_prompt(std::string_view body);
/// Of `/api/embed`, for `/v1/embeddings`.
[[nodiscard]] base::Result<std::string> embed_request_of_ollama(std::string_view body);

}  // namespace srasta::dialects
