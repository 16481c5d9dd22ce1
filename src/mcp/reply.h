#pragma once

#include "mcp/message.h"

#include <string>
#include <string_view>

namespace srasta::mcp {

/// What is sent back: one JSON-RPC message, or nothing but a status.
struct Reply {
  int status = 200;
  std::string body;             ///< empty: none
  std::string_view fault = {};  ///< why the message was not taken, as `Fault::reason`
};

/// Who answers, as JSON texts that programs write, not people.
struct ServerFacts {
  std::string_view name;
  std::string_view version;
};

/// The result of the request `id`, with `members`, the JSON text of an object that has neither
/// `resultType` nor `_meta`. `stateless`: of revision 2026-07-28, with what it adds to all.
/// `meta`: more members of `_meta`, as `"key":value,`; `type` is complete or input_required.
[[nodiscard]] Reply result_reply(std::string_view id, bool stateless, const ServerFacts& server,
                                 std::string_view members, std::string_view meta = {},
                                 std::string_view type = "complete");

/// `data`: more members, each with a comma before it.
[[nodiscard]] Reply fault_reply(const Fault& fault, int status, std::string_view data = {});

}  // namespace srasta::mcp
