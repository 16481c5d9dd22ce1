#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

// Private to dialects/.
namespace srasta::dialects {

/// Of a request for OpenAI's Responses, for an engine that speaks Chat Completions.
[[nodiscard]] base::Result<std::string> chat_request_of_responses(std::string_view body);

}  // namespace srasta::dialects
