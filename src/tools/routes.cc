#include "tools/routes.h"

#include <array>

namespace srasta::tools {
namespace route {

using access::Permission;
using audit::Act;
using audit::Durability;
using service::Access;
using service::BodyMode;
using service::LicenseColumn;
using service::LimitsClass;
using service::Method;
using service::RouteSpec;
using service::TimeoutClass;

namespace {

/// Which tool a caller may use is the policy's to say; whoever may use none has no business here.
constexpr Access kUsers = Access::requires_permission(Permission::ToolsRead);

}  // namespace

constexpr RouteSpec kTools(Method::Get, "/srasta/v1/tools", kUsers,
                           {Act::ToolRead, Durability::Should}, LimitsClass::Control,
                           BodyMode::None, TimeoutClass::Quick, LicenseColumn::Always,
                           dialects::Dialect::Problem, "Tools that you may call now");
constexpr RouteSpec kCall(Method::Post, "/srasta/v1/tools/call/{tool}", kUsers,
                          {Act::ToolRead, Durability::Should}, LimitsClass::Control, BodyMode::Json,
                          TimeoutClass::Quick, LicenseColumn::Always, dialects::Dialect::Problem,
                          "Call a tool; the body is its arguments");
constexpr RouteSpec kMcp(Method::Post, service::kMcpPath, kUsers,
                         {Act::ToolRead, Durability::Should}, LimitsClass::Control, BodyMode::Json,
                         TimeoutClass::Quick, LicenseColumn::Always, dialects::Dialect::Problem,
                         "Model Context Protocol: one message to the tools");

}  // namespace route

std::span<const service::RouteSpec* const> all_routes() {
  static constexpr std::array kAll = {&route::kTools, &route::kCall, &route::kMcp};
  return kAll;
}

}  // namespace srasta::tools
