#pragma once

#include "access/role.h"
#include "admin/desk.h"
#include "storage/sql.h"

#include <string>
#include <vector>

namespace srasta::admin {

/// Adds the database's roles to those that are declared. A role that is declared in the file, too,
/// stays as the file has it.
[[nodiscard]] base::Result<void> add_roles(sql::Connection& database, access::RoleTable& table);

[[nodiscard]] Answered<std::string> list_roles(const Desk& desk);

/// `grants`: permissions, or families as "rag.*".
struct RoleDefinition {
  std::string name;
  std::vector<std::string> grants;
};
/// Makes a role, or gives one other permissions.
[[nodiscard]] Answered<std::string> define_role(const Desk& desk, service::Journal::Change& change,
                                                const RoleDefinition& definition);
/// Not one that somebody holds.
[[nodiscard]] Answered<std::string> delete_role(const Desk& desk, service::Journal::Change& change,
                                                const std::string& name);

}  // namespace srasta::admin
