#pragma once

#include "base/result.h"
#include "dialects/translation.h"

#include <memory>
#include <string>
#include <string_view>

// Private to dialects/: what an engine of Chat Completions answers to a client of Ollama's
// interface.
// https://docs.ollama.com/api
namespace srasta::dialects {

/// Of `/api/chat`.
[[nodiscard]] base::Result<std::string> ollama_answer(std::string_view body, const Asked& asked);
[[nodiscard]] std::unique_ptr<StreamTranslator> ollama_stream(const Asked& asked);
/// Of `/api/generate`.
[[nodiscard]] base::Result<std::string> ollama_prompt_answer(std::string_view body,
                                                             const Asked& asked);
[[nodiscard]] std::unique_ptr<StreamTranslator> ollama_prompt_stream(const Asked& asked);
/// Of `/v1/embeddings`, for `/api/embed`.
[[nodiscard]] base::Result<std::string> ollama_embed_answer(std::string_view body,
                                                            const Asked& asked);

}  // namespace srasta::dialects
