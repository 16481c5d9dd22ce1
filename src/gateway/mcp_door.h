#pragma once

#include "http/fields.h"
#include "service/code.h"
#include "service/request.h"

#include <optional>
#include <string>
#include <string_view>

namespace srasta::gateway {

/// Whether a request to the MCP endpoint comes from where it says, so that no page of a browser
/// reaches it under a name that its owner leads here (DNS rebinding). Host must be the gateway's
/// own name, `localhost` or an address; Origin, if there is one, the gateway's own or that of Host.
[[nodiscard]] std::optional<service::ErrorCode> judge_origin(const http::Fields& fields,
                                                             std::string_view url);

/// The message with the fields that belong to it, as the service takes it (`mcp::unwrap`).
[[nodiscard]] std::string wrapped_message(const http::Fields& fields, std::string_view body);

}  // namespace srasta::gateway
