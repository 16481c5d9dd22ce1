#pragma once

#include "base/result.h"
#include "dialects/translation.h"

#include <memory>
#include <string>
#include <string_view>

// Private to dialects/: what an engine of Anthropic's Messages answers to a Chat client.
// https://platform.claude.com/docs/en/api/messages
// https://platform.claude.com/docs/en/build-with-claude/streaming
namespace srasta::dialects {

[[nodiscard]] base::Result<std::string> chat_answer_of_messages(std::string_view body,
                                                                const Asked& asked);
/// Tells the usage at its end if `asked.body` has `stream_options.include_usage`.
[[nodiscard]] std::unique_ptr<StreamTranslator> chat_stream_of_messages(const Asked& asked);

}  // namespace srasta::dialects
