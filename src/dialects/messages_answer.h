#pragma once

#include "base/result.h"
#include "dialects/translation.h"

#include <memory>
#include <string>
#include <string_view>

// Private to dialects/: Anthropic's Messages for a client whose engine speaks Chat Completions.
namespace srasta::dialects {

[[nodiscard]] base::Result<std::string> messages_answer(std::string_view body, const Asked& asked);
[[nodiscard]] std::unique_ptr<StreamTranslator> messages_stream(const Asked& asked);

}  // namespace srasta::dialects
