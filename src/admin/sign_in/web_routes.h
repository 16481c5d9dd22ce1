#pragma once

#include "service/route.h"

#include <span>

namespace srasta::admin {

/// The pages of the sign-in and the endpoints of the local issuer, all public: the gateway has
/// them, and passes each request on as one of `service::WebRequest`.
[[nodiscard]] std::span<const service::RouteSpec* const> web_routes();

}  // namespace srasta::admin
