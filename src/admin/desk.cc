#include "admin/desk.h"

#include "admin/roles.h"
#include "storage/query.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace srasta::admin {

base::Result<access::RoleTable> known_roles(const Desk& desk) {
  access::RoleTable table = desk.declared.roles;
  SRASTA_TRY(add_roles(desk.database, table));
  return table;
}

base::Result<bool> knows_tenant(const Desk& desk, std::string_view name) {
  if (desk.declared.tenants.contains(base::TenantId(name))) return true;
  SRASTA_TRY_ASSIGN(const int64_t found,
                    number_of(desk.database, "SELECT count(*) FROM tenant WHERE name = ?", {name}));
  return found > 0;
}

std::vector<std::string> normalised(std::vector<std::string> names) {
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  return names;
}

std::string joined(std::span<const std::string> names) {
  return fmt::format("{}", fmt::join(names, "/"));
}

}  // namespace srasta::admin
