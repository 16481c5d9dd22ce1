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

/// Who asked sees his own; who may approve sees what waits for him.
constexpr Access kConcerned =
    Access::requires_either(Permission::ToolsApprove, Permission::ToolsRead);
constexpr RouteSpec kApprovals(Method::Get, "/srasta/v1/approvals", kConcerned,
                               {Act::ApprovalRead, Durability::Should}, LimitsClass::Control,
                               BodyMode::None, TimeoutClass::Quick, LicenseColumn::Always,
                               dialects::Dialect::Problem, "Approvals that concern you");
constexpr RouteSpec kApproval(Method::Get, "/srasta/v1/approvals/{id}", kConcerned,
                              {Act::ApprovalRead, Durability::Should}, LimitsClass::Control,
                              BodyMode::None, TimeoutClass::Quick, LicenseColumn::Always,
                              dialects::Dialect::Problem, "One approval");
constexpr RouteSpec kDecide(Method::Post, "/srasta/v1/approvals/{id}",
                            Access::requires_permission(Permission::ToolsApprove),
                            {Act::ApprovalDecide, Durability::Must}, LimitsClass::Control,
                            BodyMode::Json, TimeoutClass::Quick, LicenseColumn::Always,
                            dialects::Dialect::Problem,
                            "Approve or deny what somebody else's tool would do");
constexpr RouteSpec kMergeRequests(Method::Get, "/srasta/v1/merge-requests", kUsers,
                                   {Act::ApprovalRead, Durability::Should}, LimitsClass::Control,
                                   BodyMode::None, TimeoutClass::Quick, LicenseColumn::Always,
                                   dialects::Dialect::Problem,
                                   "Merge requests of repositories that you may see");

}  // namespace route

std::span<const service::RouteSpec* const> all_routes() {
  static constexpr std::array<const service::RouteSpec*, 7> kAll = {
      &route::kTools,    &route::kCall,   &route::kMcp,          &route::kApprovals,
      &route::kApproval, &route::kDecide, &route::kMergeRequests};
  return kAll;
}

}  // namespace srasta::tools
