#include "admin/tenants.h"

#include "config/values.h"
#include "json/writer.h"
#include "storage/query.h"

namespace srasta::admin {
namespace {

using service::ErrorCode;
using service::Journal;

std::string tenant_json(std::string_view name, bool suspended, std::string_view origin) {
  json::Writer writer;
  writer.begin_object().member("name", name).member("suspended", suspended);
  return writer.member("origin", origin).end_object().take();
}

/// Tenants are the platform's own affair, not one of a tenant's administrators.
Answered<void> check_reach(const Desk& desk) {
  if (desk.actor.reaches_all()) return {};
  return std::unexpected(denied("role_not_held", "role owner"));
}

Refusal declared(const std::string& name) {
  return {.code = ErrorCode::DeclaredInFile, .reason = "declared", .param = name};
}

}  // namespace

Answered<std::string> list_tenants(const Desk& desk) {
  json::Writer writer;
  writer.begin_object().key("tenants").begin_array();
  for (const auto& [tenant, suspended] : desk.declared.tenants) {
    if (desk.actor.reaches(tenant.view())) {
      writer.raw(tenant_json(tenant.view(), suspended, "file"));
    }
  }
  SRASTA_STORE(each_row(desk.database, "SELECT name, suspended FROM tenant ORDER BY name", {},
                        [&](const sql::Statement& row) -> base::Result<void> {
                          SRASTA_TRY_ASSIGN(const std::string name, text_at(row, 0));
                          SRASTA_TRY_ASSIGN(const int64_t suspended, row.integer(1));
                          const bool shown = !desk.declared.tenants.contains(base::TenantId(name));
                          if (shown && desk.actor.reaches(name)) {
                            writer.raw(tenant_json(name, suspended != 0, "directory"));
                          }
                          return {};
                        }));
  return writer.end_array().end_object().take();
}

Answered<std::string> create_tenant(const Desk& desk, Journal::Change& change,
                                    const NewTenant& tenant) {
  change.object = tenant.name;
  SRASTA_ANSWER(check_reach(desk));
  if (!config::is_tenant_name(tenant.name)) return std::unexpected(invalid("name"));
  if (desk.declared.tenants.contains(base::TenantId(tenant.name))) {
    return std::unexpected(declared(tenant.name));
  }
  SRASTA_STORE(run(desk.database, "INSERT INTO tenant VALUES (?, ?, 0, ?)",
                   {std::string_view(tenant.name), std::string_view(tenant.folder), desk.now}));
  return tenant_json(tenant.name, false, "directory");
}

Answered<std::string> suspend_tenant(const Desk& desk, Journal::Change& change,
                                     const std::string& name, bool suspended) {
  change.object = name;
  change.after = suspended ? "suspended" : "active";
  SRASTA_ANSWER(check_reach(desk));
  if (desk.declared.tenants.contains(base::TenantId(name))) {
    return std::unexpected(declared(name));
  }
  SRASTA_STORE(run(desk.database, "UPDATE tenant SET suspended = ? WHERE name = ?",
                   {int64_t{suspended}, std::string_view(name)}));
  if (desk.database.changes() == 0) return std::unexpected(not_found());
  return tenant_json(name, suspended, "directory");
}

}  // namespace srasta::admin
