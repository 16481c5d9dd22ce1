// A route that does not say who may call it.
#include "service/route.h"

using namespace srasta::service;  // NOLINT(google-build-using-namespace)

constexpr RouteSpec kRoute(Method::Get, "/x",
                           {srasta::audit::Act::InferenceList, srasta::audit::Durability::Should},
                           LimitsClass::Control, BodyMode::None, TimeoutClass::Quick,
                           LicenseColumn::Always, srasta::dialects::Dialect::OpenAi, "x");
