#include "admin/recover_owner.h"

#include "access/principal.h"
#include "admin/account_changes.h"
#include "admin/accounts.h"
#include "admin/sign_in/account_access.h"
#include "admin/sign_in/handoffs.h"
#include "storage/query.h"

#include <vector>

namespace srasta::admin {
namespace {

using service::Journal;

/// Empty: there is none.
base::Result<std::string> id_of(sql::Connection& database, const RecoveredOwner& owner) {
  SRASTA_TRY_ASSIGN(const auto found,
                    texts_in(database,
                             "SELECT id FROM account WHERE tenant = ? AND name = ? AND issuer = ? "
                             "AND deleted IS NULL",
                             {std::string_view(owner.tenant), std::string_view(owner.name),
                              access::kLocalIssuer}));
  return found.empty() ? std::string() : found.front();
}

Answered<void> raise(const Desk& desk, Journal::Change& change, const std::string& id) {
  SRASTA_ANSWER_ASSIGN(const Account account, account_in_reach(desk, id));
  if (account.machine) return std::unexpected(invalid("name"));
  SRASTA_ANSWER(change_account(desk, change, id, {.disabled = false}));
  SRASTA_STORE_ASSIGN(std::vector<std::string> roles, own_roles_of(desk.database, id));
  roles.insert(roles.end(), {"owner", "admin"});
  SRASTA_ANSWER(set_roles(desk, change, id, std::move(roles)));
  SRASTA_STORE(forget_credentials(desk.database, id));
  return {};
}

}  // namespace

Answered<std::string> recover_owner(const Desk& desk, Journal::Change& change,
                                    const RecoveredOwner& owner) {
  SRASTA_STORE_ASSIGN(std::string id, id_of(desk.database, owner));
  if (id.empty()) {
    id = owner.id;
    SRASTA_ANSWER(create_account(desk, change,
                                 {.id = id,
                                  .tenant = owner.tenant,
                                  .issuer = std::string(access::kLocalIssuer),
                                  .subject = {},
                                  .name = owner.name,
                                  .display = {},
                                  .roles = {"owner", "admin"}}));
  } else {
    SRASTA_ANSWER(raise(desk, change, id));
  }
  return invite(desk, change, id, owner.link);
}

}  // namespace srasta::admin
