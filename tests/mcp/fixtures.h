#pragma once

#include "mcp/server.h"

#include <string>
#include <string_view>
#include <vector>

// What the official conformance suite wants a server to have, its tools, prompts and resources, for
// requests of revision 2026-07-28.
namespace srasta::mcp_fixtures {

[[nodiscard]] const mcp::Offer& offer();

struct Answer {
  mcp::Reply reply;
  std::vector<std::string> before = {};  ///< notifications on the stream before it
};

/// `key` protects what clients carry from one round to the next.
[[nodiscard]] Answer answer(const mcp::Asked& asked, std::string_view key);

}  // namespace srasta::mcp_fixtures
