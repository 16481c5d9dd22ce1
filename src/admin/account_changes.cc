#include "admin/account_changes.h"

#include "access/principal.h"
#include "admin/sign_in/account_access.h"
#include "json/writer.h"
#include "storage/query.h"

#include <algorithm>

namespace srasta::admin {
namespace {

using service::ErrorCode;
using service::Journal;

constexpr std::string_view kList =
    "SELECT id FROM account WHERE deleted IS NULL AND id > ?1 AND (?2 = '' OR tenant = ?2) "
    "ORDER BY id LIMIT ?3";

base::Result<void> insert_roles(sql::Connection& database, std::string_view account,
                                std::span<const std::string> roles) {
  SRASTA_TRY_ASSIGN(sql::Statement insert,
                    database.prepare("INSERT INTO account_role VALUES (?, ?)"));
  for (const std::string& role : roles) SRASTA_TRY(insert.run({account, std::string_view(role)}));
  return {};
}

/// Roles that come or go.
std::vector<std::string> difference(const std::vector<std::string>& before,
                                    const std::vector<std::string>& after) {
  std::vector<std::string> out;
  std::ranges::set_symmetric_difference(before, after, std::back_inserter(out));
  return out;
}

/// Of people; service accounts need no seat.
Answered<void> check_seats(const Desk& desk) {
  if (!desk.seats) return {};
  SRASTA_STORE_ASSIGN(
      const int64_t taken,
      number_of(desk.database,
                "SELECT count(*) FROM account WHERE kind = 'user' AND deleted IS NULL"));
  if (taken < *desk.seats) return {};
  return std::unexpected(Refusal{.code = ErrorCode::LicenseLimit, .reason = "seats"});
}

Answered<void> check_new(const Desk& desk, const NewAccount& account) {
  SRASTA_STORE_ASSIGN(const bool known, knows_tenant(desk, account.tenant));
  if (!known || !desk.actor.reaches(account.tenant)) return std::unexpected(invalid("tenant"));
  const bool local = account.issuer == access::kLocalIssuer;
  if (local != account.subject.empty()) return std::unexpected(invalid("subject"));
  if (!local && account.machine) return std::unexpected(invalid("issuer"));
  if (!local && !account.roles.empty()) return std::unexpected(invalid("roles"));
  SRASTA_STORE_ASSIGN(const access::RoleTable known_all, known_roles(desk));
  return check_grants(desk.actor, account.roles, known_all);
}

}  // namespace

Answered<std::string> list_accounts(const Desk& desk, const AccountList& wanted) {
  const std::string tenant =
      desk.actor.reaches_all() ? wanted.tenant : std::string(desk.actor.tenant.view());
  if (!wanted.tenant.empty() && wanted.tenant != tenant) return std::unexpected(not_found());
  SRASTA_STORE_ASSIGN(
      const std::vector<std::string> ids,
      texts_in(desk.database, kList,
               {std::string_view(wanted.after), std::string_view(tenant), wanted.limit + 1}));
  json::Writer writer;
  writer.begin_object().key("users").begin_array();
  const size_t shown = std::min(ids.size(), static_cast<size_t>(wanted.limit));
  for (size_t i = 0; i < shown; ++i) {
    SRASTA_ANSWER_ASSIGN(const std::string one, show_account(desk, ids[i]));
    writer.raw(one);
  }
  writer.end_array().key("next");
  shown < ids.size() ? writer.string(ids[shown - 1]) : writer.null();
  return writer.end_object().take();
}

Answered<std::string> show_account(const Desk& desk, const std::string& id) {
  SRASTA_ANSWER_ASSIGN(const Account account, account_in_reach(desk, id));
  return account_json(desk, account);
}

Answered<std::string> create_account(const Desk& desk, Journal::Change& change,
                                     const NewAccount& account) {
  const std::vector<std::string> roles = normalised(account.roles);
  change = {.object = account.id, .tenant = account.tenant, .before = {}, .after = joined(roles)};
  SRASTA_ANSWER(check_new(desk, account));
  if (!account.machine) SRASTA_ANSWER(check_seats(desk));
  const std::string& subject = account.subject.empty() ? account.id : account.subject;
  SRASTA_STORE(
      run(desk.database, "INSERT INTO account VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, NULL)",
          {std::string_view(account.id), std::string_view(account.machine ? "service" : "user"),
           std::string_view(account.tenant), std::string_view(account.issuer),
           std::string_view(subject), std::string_view(account.name),
           std::string_view(account.display), desk.now}));
  SRASTA_STORE(insert_roles(desk.database, account.id, roles));
  return show_account(desk, account.id);
}

Answered<std::string> change_account(const Desk& desk, Journal::Change& change,
                                     const std::string& id, const AccountPatch& patch) {
  SRASTA_ANSWER_ASSIGN(Account account, account_to_change(desk, change, id));
  SRASTA_STORE_ASSIGN(const int64_t owners, count_owners(desk.database));
  change.before = account.disabled ? "disabled" : "active";
  account.disabled = patch.disabled.value_or(account.disabled);
  account.name = patch.name.value_or(account.name);
  account.display = patch.display.value_or(account.display);
  change.after = account.disabled ? "disabled" : "active";
  SRASTA_STORE(run(desk.database,
                   "UPDATE account SET disabled = ?, name = ?, display = ? WHERE id = ?",
                   {int64_t{account.disabled}, std::string_view(account.name),
                    std::string_view(account.display), std::string_view(id)}));
  SRASTA_ANSWER(keep_an_owner(desk, owners));
  return show_account(desk, id);
}

Answered<std::string> set_roles(const Desk& desk, Journal::Change& change, const std::string& id,
                                std::vector<std::string> roles) {
  change.object = id;
  roles = normalised(std::move(roles));
  change.after = joined(roles);
  SRASTA_ANSWER_ASSIGN(const Account account, account_in_reach(desk, id));
  change.tenant = account.tenant;
  SRASTA_STORE_ASSIGN(const std::vector<std::string> before, own_roles_of(desk.database, id));
  change.before = joined(before);
  if (!account.is_local()) return std::unexpected(invalid("roles"));
  SRASTA_STORE_ASSIGN(const access::RoleTable known, known_roles(desk));
  const std::vector<std::string> differing = difference(before, roles);
  SRASTA_ANSWER(check_grants(desk.actor, differing, known));
  SRASTA_STORE_ASSIGN(const int64_t owners, count_owners(desk.database));
  // The last owner is told that he is, whoever asks.
  const bool takes_owner = std::ranges::find(differing, "owner") != differing.end();
  if (account.is_of(desk.actor) && !differing.empty() && !(takes_owner && owners == 1)) {
    return std::unexpected(denied("own_roles", "roles"));
  }
  SRASTA_STORE(
      run(desk.database, "DELETE FROM account_role WHERE account = ?", {std::string_view(id)}));
  SRASTA_STORE(insert_roles(desk.database, id, roles));
  SRASTA_ANSWER(keep_an_owner(desk, owners));
  return show_account(desk, id);
}

Answered<std::string> delete_account(const Desk& desk, Journal::Change& change,
                                     const std::string& id) {
  SRASTA_ANSWER_ASSIGN(const Account account, account_to_change(desk, change, id));
  SRASTA_STORE_ASSIGN(const int64_t owners, count_owners(desk.database));
  const std::string_view key = id;
  SRASTA_STORE(run(desk.database, "UPDATE account SET deleted = ? WHERE id = ?", {desk.now, key}));
  SRASTA_STORE(run(desk.database, "DELETE FROM account_role WHERE account = ?", {key}));
  SRASTA_STORE(run(desk.database, "DELETE FROM team_member WHERE account = ?", {key}));
  SRASTA_STORE(run(desk.database,
                   "UPDATE api_key SET revoked = ? WHERE tenant = ? AND owner_issuer = ? AND "
                   "owner_subject = ? AND revoked IS NULL",
                   {desk.now, std::string_view(account.tenant), std::string_view(account.issuer),
                    std::string_view(account.subject)}));
  SRASTA_STORE(forget_credentials(desk.database, key));
  SRASTA_ANSWER(keep_an_owner(desk, owners));
  return std::string(R"({"deleted":true})");
}

}  // namespace srasta::admin
