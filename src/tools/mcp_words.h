#pragma once

#include "mcp/server.h"
#include "tools/call.h"
#include "tools/told.h"

namespace srasta::tools {

/// What this plane offers over MCP: tools and nothing else.
[[nodiscard]] const mcp::Offer& mcp_offer();

/// What became of a call, as MCP says it: a refusal that who asked may do something about is a
/// result with `isError`, so that a model sees why; arguments that are no object are its fault, and
/// an error of JSON-RPC.
[[nodiscard]] mcp::Reply mcp_call_reply(const mcp::Asked& asked, const Call& call,
                                        const Told& told);
/// The same of a list of tools.
[[nodiscard]] mcp::Reply mcp_list_reply(const mcp::Asked& asked, const Told& told);

}  // namespace srasta::tools
