#include "admin/sign_in/login_accounts.h"

#include "access/principal.h"
#include "storage/query.h"

namespace srasta::admin {
namespace {

constexpr std::string_view kByName =
    "SELECT id FROM account WHERE name = ?1 AND (?2 = '' OR tenant = ?2) AND deleted IS NULL AND "
    "issuer = 'local' AND kind = 'user' LIMIT 2";

base::Result<bool> is_active_tenant(const Desk& desk, const std::string& tenant) {
  const auto declared = desk.declared.tenants.find(base::TenantId(tenant));
  if (declared != desk.declared.tenants.end()) return !declared->second;
  SRASTA_TRY_ASSIGN(
      const int64_t active,
      number_of(desk.database, "SELECT count(*) FROM tenant WHERE name = ? AND suspended = 0",
                {std::string_view(tenant)}));
  return active == 1;
}

}  // namespace

base::Result<std::optional<Account>> find_login(const Desk& desk, std::string_view login) {
  const size_t slash = login.find('/');
  const bool has_tenant = slash != std::string_view::npos;
  const std::string_view tenant = has_tenant ? login.substr(0, slash) : std::string_view();
  const std::string_view name = has_tenant ? login.substr(slash + 1) : login;
  SRASTA_TRY_ASSIGN(const auto ids, texts_in(desk.database, kByName, {name, tenant}));
  if (ids.size() != 1) return std::optional<Account>();
  return find_account(desk.database, ids.front());
}

base::Result<bool> is_admitted(const Desk& desk, const Account& account) {
  const auto rule = desk.declared.users.find(
      access::principal_bytes(account.issuer, account.tenant, account.subject));
  const bool barred = rule != desk.declared.users.end() && rule->second.disabled;
  if (account.disabled || barred) return false;
  return is_active_tenant(desk, account.tenant);
}

base::Result<bool> is_barred(sql::Connection& database, const Account& account) {
  SRASTA_TRY_ASSIGN(
      const int64_t barred,
      number_of(database,
                "SELECT count(*) FROM account WHERE issuer = ? AND tenant = ? AND subject = ? AND "
                "(disabled = 1 OR deleted IS NOT NULL)",
                {std::string_view(account.issuer), std::string_view(account.tenant),
                 std::string_view(account.subject)}));
  return barred > 0;
}

base::Result<access::PermissionSet> permissions_of(const Desk& desk, const Account& account) {
  SRASTA_TRY_ASSIGN(const access::RoleTable known, known_roles(desk));
  SRASTA_TRY_ASSIGN(const auto names, roles_of(desk.database, account.id));
  std::vector<base::RoleName> roles;
  for (const std::string& name : names) roles.emplace_back(name);
  return known.permissions_of(roles);
}

}  // namespace srasta::admin
