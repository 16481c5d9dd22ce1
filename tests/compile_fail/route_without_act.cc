// A route that leaves no evidence.
#include "service/route.h"

using namespace srasta::service;  // NOLINT(google-build-using-namespace)

constexpr RouteSpec kRoute(Method::Get, "/x",
                           Access::requires_permission(srasta::access::Permission::InferenceModels),
                           LimitsClass::Control, BodyMode::None, TimeoutClass::Quick,
                           LicenseColumn::Always, srasta::dialects::Dialect::OpenAi, "x");
