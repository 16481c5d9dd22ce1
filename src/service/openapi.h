#pragma once

#include "service/route.h"

#include <span>
#include <string>

namespace srasta::service {

/// The OpenAPI 3.1 description of `routes`: path, method, permission, limits, errors.
[[nodiscard]] std::string write_openapi(std::span<const RouteSpec* const> routes,
                                        std::string_view version);

}  // namespace srasta::service
