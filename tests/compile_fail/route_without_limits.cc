// A route without bounds.
#include "service/route.h"

using namespace srasta::service;  // NOLINT(google-build-using-namespace)

constexpr RouteSpec kRoute(Method::Get, "/x",
                           Access::requires_permission(srasta::access::Permission::InferenceModels),
                           {srasta::audit::Act::InferenceList, srasta::audit::Durability::Should},
                           BodyMode::None, TimeoutClass::Quick, LicenseColumn::Always,
                           srasta::dialects::Dialect::OpenAi, "x");
