#pragma once

#include "net/http_server.h"
#include "service/code.h"

#include <string_view>

namespace srasta::service {

/// Why a body was not taken, for the answer and the record.
struct BodyRefusal {
  ErrorCode code = ErrorCode::Overloaded;
  std::string_view reason = "overloaded";
};

/// Of a fault that is not None.
[[nodiscard]] BodyRefusal refusal_of(net::BodyFault fault);

}  // namespace srasta::service
