#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

// Private to dialects/.
namespace srasta::dialects {

/// Of a request for Anthropic's Messages, for an engine that speaks Chat Completions.
[[nodiscard]] base::Result<std::string> chat_request_of_messages(std::string_view body);

}  // namespace srasta::dialects
