#include "admin/directory_rules.h"

#include "access/principal.h"
#include "admin/database.h"
#include "admin/roles.h"
#include "admin/sign_in/issuer_keys.h"
#include "storage/query.h"

#include <algorithm>
#include <cstring>
#include <set>

namespace srasta::admin {
namespace {

using access::AccessRules;
using access::PrincipalBytes;

/// What an account of the local issuer may be, by principal.
using LocalRoles = std::map<PrincipalBytes, std::set<std::string>, access::PrincipalOrder>;

constexpr std::string_view kAccounts =
    "SELECT issuer, tenant, subject, id, disabled <> 0 OR deleted IS NOT NULL FROM account";

constexpr std::string_view kRolesOfAll =
    "SELECT account, role FROM account_role UNION "
    "SELECT m.account, r.role FROM team_member m JOIN team_role r ON r.team = m.team";

constexpr std::string_view kKeys =
    "SELECT id, secret, tenant, owner_issuer, owner_subject, roles, models, personas, networks, "
    "expires FROM api_key WHERE revoked IS NULL";

base::Result<void> add_tenants(AccessRules& rules, sql::Connection& database) {
  return each_row(database, "SELECT name, suspended FROM tenant", {},
                  [&](const sql::Statement& row) -> base::Result<void> {
                    SRASTA_TRY_ASSIGN(const std::string name, text_at(row, 0));
                    SRASTA_TRY_ASSIGN(const int64_t suspended, row.integer(1));
                    rules.tenants.try_emplace(base::TenantId(name), suspended != 0);
                    return {};
                  });
}

base::Result<std::map<std::string, std::set<std::string>>> roles_of_all(sql::Connection& database) {
  std::map<std::string, std::set<std::string>> roles;
  SRASTA_TRY(
      each_row(database, kRolesOfAll, {}, [&](const sql::Statement& row) -> base::Result<void> {
        SRASTA_TRY_ASSIGN(const std::string account, text_at(row, 0));
        SRASTA_TRY_ASSIGN(std::string role, text_at(row, 1));
        roles[account].insert(std::move(role));
        return {};
      }));
  return roles;
}

/// Every role that `held` does not have.
std::vector<base::RoleName> others(const std::vector<base::RoleName>& all,
                                   const std::set<std::string>& held) {
  std::vector<base::RoleName> out;
  std::ranges::copy_if(all, std::back_inserter(out),
                       [&](const base::RoleName& role) { return !held.contains(role.str()); });
  return out;
}

base::Result<LocalRoles> add_accounts(AccessRules& rules, sql::Connection& database) {
  SRASTA_TRY_ASSIGN(auto roles, roles_of_all(database));
  const std::vector<base::RoleName> all = rules.roles.names();
  LocalRoles local;
  SRASTA_TRY(
      each_row(database, kAccounts, {}, [&](const sql::Statement& row) -> base::Result<void> {
        SRASTA_TRY_ASSIGN(const std::string issuer, text_at(row, 0));
        SRASTA_TRY_ASSIGN(const std::string tenant, text_at(row, 1));
        SRASTA_TRY_ASSIGN(const std::string subject, text_at(row, 2));
        SRASTA_TRY_ASSIGN(const std::string id, text_at(row, 3));
        SRASTA_TRY_ASSIGN(const int64_t barred, row.integer(4));
        const PrincipalBytes principal = access::principal_bytes(issuer, tenant, subject);
        // Both the file and the database may take rights away; neither gives any back.
        access::UserRule& rule = rules.users[principal];
        rule.disabled = rule.disabled || barred != 0;
        if (issuer != access::kLocalIssuer) return {};
        std::set<std::string>& held = roles[id];
        for (base::RoleName& role : others(all, held)) rule.deny_roles.push_back(std::move(role));
        local.emplace(principal, std::move(held));
        return {};
      }));
  return local;
}

/// The roles that a key still has: a local owner passes on what he has now.
std::vector<base::RoleName> current(const std::vector<std::string>& roles,
                                    const std::set<std::string>* held) {
  std::vector<base::RoleName> out;
  for (const std::string& role : roles) {
    if (held == nullptr || held->contains(role)) out.emplace_back(role);
  }
  return out;
}

base::Result<std::vector<std::string>> list_at(const sql::Statement& row, int column) {
  SRASTA_TRY_ASSIGN(const std::string_view json, row.text(column));
  return parse_list(json);
}

base::Result<void> read_restrictions(const sql::Statement& row, access::KeyRule& rule) {
  if (!row.is_null(6)) {
    SRASTA_TRY_ASSIGN(rule.models.emplace(), list_at(row, 6));
  }
  SRASTA_TRY_ASSIGN(rule.personas, list_at(row, 7));
  SRASTA_TRY_ASSIGN(const auto networks, list_at(row, 8));
  for (const std::string& network : networks) {
    const auto block = config::parse_address_block(network);
    if (!block) return base::make_error(base::Code::Corrupt, "admin.db: no network: " + network);
    rule.networks.push_back(*block);
  }
  SRASTA_TRY_ASSIGN(rule.expires, row.integer(9));
  return {};
}

base::Result<void> add_key(AccessRules& rules, const LocalRoles& local, const sql::Statement& row) {
  access::KeyRule rule;
  SRASTA_TRY_ASSIGN(const std::string id, text_at(row, 0));
  SRASTA_TRY_ASSIGN(const sql::Blob secret, row.blob(1));
  if (secret.size() != rule.secret.size()) {
    return base::make_error(base::Code::Corrupt, "admin.db: the digest of key " + id);
  }
  std::memcpy(rule.secret.data(), secret.data(), secret.size());
  SRASTA_TRY_ASSIGN(const std::string tenant, text_at(row, 2));
  SRASTA_TRY_ASSIGN(const std::string issuer, text_at(row, 3));
  SRASTA_TRY_ASSIGN(rule.subject, text_at(row, 4));
  rule.tenant = base::TenantId(tenant);
  const PrincipalBytes owner = access::principal_bytes(issuer, tenant, rule.subject);
  const auto account = rules.users.find(owner);
  if (account != rules.users.end() && account->second.disabled) return {};
  const auto held = local.find(owner);
  SRASTA_TRY_ASSIGN(const auto roles, list_at(row, 5));
  rule.roles = current(roles, held == local.end() ? nullptr : &held->second);
  SRASTA_TRY(read_restrictions(row, rule));
  // A key without roles would be a caller without rights: it is as good as revoked.
  if (!rule.roles.empty()) rules.keys.try_emplace(id, std::move(rule));
  return {};
}

}  // namespace

base::Result<void> add_directory(AccessRules& rules, sql::Connection& database) {
  SRASTA_TRY_ASSIGN(const int64_t changes, number_of(database, "SELECT revision FROM directory"));
  SRASTA_TRY(add_roles(database, rules.roles));
  SRASTA_TRY(add_tenants(rules, database));
  SRASTA_TRY_ASSIGN(const LocalRoles local, add_accounts(rules, database));
  SRASTA_TRY(each_row(database, kKeys, {},
                      [&](const sql::Statement& row) { return add_key(rules, local, row); }));
  SRASTA_TRY_ASSIGN(rules.issuer_keys, published_keys(database));
  rules.directory = static_cast<uint32_t>(changes);
  return {};
}

}  // namespace srasta::admin
