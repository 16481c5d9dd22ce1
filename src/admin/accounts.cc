#include "admin/accounts.h"

#include "access/principal.h"
#include "json/writer.h"
#include "storage/query.h"

namespace srasta::admin {
namespace {

constexpr std::string_view kFind =
    "SELECT id, kind, tenant, issuer, subject, name, display, disabled, created FROM account "
    "WHERE id = ? AND deleted IS NULL";

constexpr std::string_view kOwnRoles =
    "SELECT role FROM account_role WHERE account = ? ORDER BY role";

constexpr std::string_view kAllRoles =
    "SELECT role FROM account_role WHERE account = ?1 UNION "
    "SELECT r.role FROM team_member m JOIN team_role r ON r.team = m.team WHERE m.account = ?1 "
    "ORDER BY role";

constexpr std::string_view kOwners =
    "SELECT count(*) FROM account a WHERE a.deleted IS NULL AND a.disabled = 0 AND "
    "a.issuer = 'local' AND ("
    "EXISTS (SELECT 1 FROM account_role r WHERE r.account = a.id AND r.role = 'owner') OR "
    "EXISTS (SELECT 1 FROM team_member m JOIN team_role t ON t.team = m.team "
    "WHERE m.account = a.id AND t.role = 'owner'))";

}  // namespace

bool Account::is_local() const {
  return issuer == access::kLocalIssuer;
}

bool Account::is_of(const Actor& actor) const {
  return actor.issuer == issuer && actor.subject == subject;
}

base::Result<std::optional<Account>> find_account(sql::Connection& database, std::string_view id) {
  std::optional<Account> account;
  SRASTA_TRY(each_row(database, kFind, {id}, [&](const sql::Statement& row) -> base::Result<void> {
    Account one;
    SRASTA_TRY_ASSIGN(one.id, text_at(row, 0));
    SRASTA_TRY_ASSIGN(const std::string_view kind, row.text(1));
    one.machine = kind == "service";
    SRASTA_TRY_ASSIGN(one.tenant, text_at(row, 2));
    SRASTA_TRY_ASSIGN(one.issuer, text_at(row, 3));
    SRASTA_TRY_ASSIGN(one.subject, text_at(row, 4));
    SRASTA_TRY_ASSIGN(one.name, text_at(row, 5));
    SRASTA_TRY_ASSIGN(one.display, text_at(row, 6));
    SRASTA_TRY_ASSIGN(const int64_t disabled, row.integer(7));
    one.disabled = disabled != 0;
    SRASTA_TRY_ASSIGN(one.created, row.integer(8));
    account = std::move(one);
    return {};
  }));
  return account;
}

base::Result<std::vector<std::string>> own_roles_of(sql::Connection& database,
                                                    std::string_view id) {
  return texts_in(database, kOwnRoles, {id});
}

base::Result<std::vector<std::string>> roles_of(sql::Connection& database, std::string_view id) {
  return texts_in(database, kAllRoles, {id});
}

base::Result<int64_t> count_owners(sql::Connection& database) {
  return number_of(database, kOwners);
}

Answered<Account> account_in_reach(const Desk& desk, const std::string& id) {
  SRASTA_STORE_ASSIGN(std::optional<Account> account, find_account(desk.database, id));
  if (!account || !desk.actor.reaches(account->tenant)) return std::unexpected(not_found());
  return *std::move(account);
}

Answered<Account> account_to_change(const Desk& desk, service::Journal::Change& change,
                                    const std::string& id) {
  change.object = id;
  SRASTA_ANSWER_ASSIGN(Account account, account_in_reach(desk, id));
  change.tenant = account.tenant;
  SRASTA_STORE_ASSIGN(const std::vector<std::string> roles, roles_of(desk.database, id));
  SRASTA_STORE_ASSIGN(const access::RoleTable known, known_roles(desk));
  for (const std::string& role : roles) {
    if (may_grant(desk.actor, base::RoleName(role), known)) continue;
    return std::unexpected(denied("role_not_held", "role " + role));
  }
  return account;
}

Answered<void> keep_an_owner(const Desk& desk, int64_t owners_before) {
  if (owners_before == 0) return {};
  SRASTA_STORE_ASSIGN(const int64_t owners, count_owners(desk.database));
  if (owners > 0) return {};
  return std::unexpected(Refusal{.code = service::ErrorCode::LastOwner, .reason = "last_owner"});
}

Answered<std::string> account_json(const Desk& desk, const Account& account) {
  SRASTA_STORE_ASSIGN(const auto own, own_roles_of(desk.database, account.id));
  SRASTA_STORE_ASSIGN(const auto all, roles_of(desk.database, account.id));
  json::Writer writer;
  writer.begin_object().member("id", std::string_view(account.id));
  writer.member("kind", account.machine ? "service" : "user");
  writer.member("tenant", std::string_view(account.tenant));
  writer.member("issuer", std::string_view(account.issuer));
  writer.member("subject", std::string_view(account.subject));
  writer.member("name", std::string_view(account.name));
  writer.member("display_name", std::string_view(account.display));
  writer.member("disabled", account.disabled).member("created", account.created);
  writer.member("roles", own);
  writer.member("effective_roles", all);
  return writer.end_object().take();
}

}  // namespace srasta::admin
