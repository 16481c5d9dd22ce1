#pragma once

#include "mcp/server.h"

#include <optional>
#include <string_view>
#include <vector>

namespace srasta::mcp_fixtures {

/// Tools that ask their client for something before they answer.
[[nodiscard]] std::vector<std::string_view> tools_with_rounds();

/// The answer of such a tool or prompt: what it asks next, what comes of the answers, or a fault.
/// Nothing: it is none of them. The state that a client carries on has a MAC by `key`.
[[nodiscard]] std::optional<mcp::Reply> reply_in_rounds(const mcp::Asked& asked,
                                                        const mcp::ServerFacts& server,
                                                        std::string_view key);

}  // namespace srasta::mcp_fixtures
