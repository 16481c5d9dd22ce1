#include "evidence/routes.h"

#include <array>

namespace srasta::evidence {
namespace route {

using access::Permission;
using audit::Act;
using audit::Durability;
using service::Access;
using service::Evidence;
using service::RouteSpec;
using service::TimeoutClass;

namespace {

consteval RouteSpec reading(std::string_view path, Access access, Evidence evidence,
                            TimeoutClass timeout, std::string_view summary) {
  return RouteSpec(service::Method::Get, path, access, evidence, service::LimitsClass::Control,
                   service::BodyMode::None, timeout, service::LicenseColumn::Always,
                   dialects::Dialect::Problem, summary);
}

}  // namespace

constexpr RouteSpec kRecords =
    reading("/srasta/v1/audit/records", Access::requires_permission(Permission::AuditRead),
            {Act::AuditRead, Durability::Should}, TimeoutClass::Quick,
            "Records of the audit log, by stream, since, until, actor, tenant, act, out and "
            "request; page by page (limit, order, cursor) as JSON, CSV or lines (format)");
constexpr RouteSpec kStream =
    reading("/srasta/v1/audit/stream", Access::requires_permission(Permission::AuditRead),
            {Act::AuditStream, Durability::Must}, TimeoutClass::Generation,
            "New records as server-sent events, with the same filters; Last-Event-ID resumes");
constexpr RouteSpec kReceipt =
    reading("/srasta/v1/audit/receipts/{id}", Access::every_caller(),
            {Act::AuditReceipt, Durability::Should}, TimeoutClass::Quick,
            "The records of one request, your own or with audit.read, each with its proof");
constexpr RouteSpec kCheckpoint = reading(
    "/srasta/v1/audit/checkpoint/{stream}", Access::requires_permission(Permission::AuditVerify),
    {Act::AuditCheckpoint, Durability::Should}, TimeoutClass::Quick,
    "The latest signed checkpoint of a stream");

}  // namespace route

std::span<const service::RouteSpec* const> all_routes() {
  static constexpr std::array kAll = {&route::kRecords, &route::kStream, &route::kReceipt,
                                      &route::kCheckpoint};
  return kAll;
}

}  // namespace srasta::evidence
