#include "admin/roles.h"

#include "access/permission_names.h"
#include "admin/database.h"
#include "config/values.h"
#include "json/writer.h"
#include "storage/query.h"

#include <algorithm>

namespace srasta::admin {
namespace {

using service::ErrorCode;
using service::Journal;

access::PermissionSet granted(std::span<const std::string> grants) {
  access::PermissionSet set;
  for (const std::string& grant : grants) {
    if (const auto permissions = access::parse_grant(grant)) set = set | *permissions;
  }
  return set;
}

std::string_view origin_of(const Desk& desk, const base::RoleName& role) {
  static const access::RoleTable built_in = access::RoleTable::built_in();
  if (built_in.knows(role)) return "built_in";
  return desk.declared.roles.knows(role) ? "file" : "directory";
}

std::string role_json(const Desk& desk, const access::RoleTable& roles,
                      const base::RoleName& role) {
  json::Writer writer;
  writer.begin_object().member("name", role.view()).member("origin", origin_of(desk, role));
  writer.member("permissions", names_of(roles.permissions_of(role)));
  return writer.end_object().take();
}

/// Nobody makes a role that he could not give.
bool may_define(const Actor& actor, const std::string& name, access::PermissionSet permissions) {
  access::RoleTable alone;
  alone.set(base::RoleName(name), permissions);
  return may_grant(actor, base::RoleName(name), alone);
}

/// Roles of the file and built-in ones are not the database's to change.
Answered<void> check_own(const Desk& desk, const std::string& name) {
  if (!config::is_name(name)) return std::unexpected(invalid("role"));
  if (!desk.declared.roles.knows(base::RoleName(name))) return {};
  return std::unexpected(
      Refusal{.code = ErrorCode::DeclaredInFile, .reason = "declared", .param = name});
}

}  // namespace

base::Result<void> add_roles(sql::Connection& database, access::RoleTable& table) {
  return each_row(database, "SELECT name, grants FROM role", {},
                  [&](const sql::Statement& row) -> base::Result<void> {
                    SRASTA_TRY_ASSIGN(const std::string name, text_at(row, 0));
                    SRASTA_TRY_ASSIGN(const std::string list, text_at(row, 1));
                    SRASTA_TRY_ASSIGN(const auto grants, parse_list(list));
                    const base::RoleName role(name);
                    if (!table.knows(role)) table.set(role, granted(grants));
                    return {};
                  });
}

Answered<std::string> list_roles(const Desk& desk) {
  SRASTA_STORE_ASSIGN(const access::RoleTable roles, known_roles(desk));
  json::Writer writer;
  writer.begin_object().key("roles").begin_array();
  for (const base::RoleName& role : roles.names()) writer.raw(role_json(desk, roles, role));
  return writer.end_array().end_object().take();
}

Answered<std::string> define_role(const Desk& desk, Journal::Change& change,
                                  const RoleDefinition& definition) {
  change.object = definition.name;
  SRASTA_ANSWER(check_own(desk, definition.name));
  const bool all_exist = std::ranges::all_of(definition.grants, [](const std::string& grant) {
    return access::parse_grant(grant).has_value();
  });
  if (!all_exist || definition.grants.empty()) return std::unexpected(invalid("permissions"));
  SRASTA_STORE_ASSIGN(access::RoleTable roles, known_roles(desk));
  const base::RoleName role(definition.name);
  const access::PermissionSet before = roles.permissions_of(role);
  const access::PermissionSet after = granted(definition.grants);
  if (!may_define(desk.actor, definition.name, before | after)) {
    return std::unexpected(denied("role_not_held", "permissions"));
  }
  change.before = joined(names_of(before - after));
  change.after = joined(names_of(after - before));
  const std::vector<std::string> names = names_of(after);
  SRASTA_STORE(run(
      desk.database,
      "INSERT INTO role VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET grants = excluded.grants",
      {std::string_view(definition.name), std::string_view(json::texts_json(names))}));
  json::Writer writer;
  writer.begin_object().member("name", std::string_view(definition.name));
  writer.member("permissions", names);
  writer.member("added", names_of(after - before));
  writer.member("removed", names_of(before - after));
  return writer.end_object().take();
}

Answered<std::string> delete_role(const Desk& desk, Journal::Change& change,
                                  const std::string& name) {
  change.object = name;
  SRASTA_ANSWER(check_own(desk, name));
  SRASTA_STORE_ASSIGN(const access::RoleTable roles, known_roles(desk));
  if (!roles.knows(base::RoleName(name))) return std::unexpected(not_found());
  if (!may_grant(desk.actor, base::RoleName(name), roles)) {
    return std::unexpected(denied("role_not_held", "role"));
  }
  SRASTA_STORE_ASSIGN(const int64_t users,
                      number_of(desk.database,
                                "SELECT (SELECT count(*) FROM account_role WHERE role = ?1) + "
                                "(SELECT count(*) FROM team_role WHERE role = ?1)",
                                {std::string_view(name)}));
  if (users > 0) {
    return std::unexpected(
        Refusal{.code = ErrorCode::InUse, .reason = "in_use", .param = "accounts and groups"});
  }
  SRASTA_STORE(run(desk.database, "DELETE FROM role WHERE name = ?", {std::string_view(name)}));
  return std::string(R"({"deleted":true})");
}

}  // namespace srasta::admin
