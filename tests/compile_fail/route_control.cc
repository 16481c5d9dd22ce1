// A complete route and a handler that takes a caller: what the refused files leave out.
#include "service/route_table.h"

using namespace srasta::service;  // NOLINT(google-build-using-namespace)

constexpr RouteSpec kRoute(Method::Get, "/x",
                           Access::requires_permission(srasta::access::Permission::InferenceModels),
                           {srasta::audit::Act::InferenceList, srasta::audit::Durability::Should},
                           LimitsClass::Control, BodyMode::None, TimeoutClass::Quick,
                           LicenseColumn::Always, srasta::dialects::Dialect::OpenAi, "x");

void bind(RouteTable& table) {
  table.add(kRoute,
            [](Request&, const srasta::access::Caller&) -> srasta::net::Task<void> { co_return; });
}
