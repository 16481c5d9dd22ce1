#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

// Private to dialects/.
namespace srasta::dialects {

/// Of a request for Chat Completions, for an engine that speaks Anthropic's Messages. Without
/// `max_tokens` where the client named no limit: who asks the engine adds one.
/// https://platform.claude.com/docs/en/api/messages
[[nodiscard]] base::Result<std::string> messages_request_of_chat(std::string_view body);

}  // namespace srasta::dialects
