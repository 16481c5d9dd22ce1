#pragma once

#include "admin/desk.h"
#include "storage/sql.h"

#include <optional>
#include <string>
#include <vector>

namespace srasta::admin {

/// A user or a service account. Its id is never given to another one.
struct Account {
  std::string id;
  bool machine = false;  ///< a service account
  std::string tenant;
  std::string issuer;   ///< "local", or the URL of the provider that signs it in
  std::string subject;  ///< as that issuer's tokens name it; the id, for the local one
  std::string name;     ///< unique in the tenant
  std::string display;
  bool disabled = false;
  int64_t created = 0;

  /// Whether its roles are this platform's to give; a provider's come with each token.
  [[nodiscard]] bool is_local() const;
  /// Whether the actor himself is signed in as it.
  [[nodiscard]] bool is_of(const Actor& actor) const;
};

/// Not one that is deleted.
[[nodiscard]] base::Result<std::optional<Account>> find_account(sql::Connection& database,
                                                                std::string_view id);
/// Roles of its own, sorted.
[[nodiscard]] base::Result<std::vector<std::string>> own_roles_of(sql::Connection& database,
                                                                  std::string_view id);
/// Roles of its own and of its groups, sorted.
[[nodiscard]] base::Result<std::vector<std::string>> roles_of(sql::Connection& database,
                                                              std::string_view id);
/// Accounts that may sign in and have the role owner, by themselves or by a group.
[[nodiscard]] base::Result<int64_t> count_owners(sql::Connection& database);

/// The account, if it is within the actor's reach; `not_found` else. Names it in `change`.
[[nodiscard]] Answered<Account> account_in_reach(const Desk& desk, const std::string& id);
/// Besides, whoever changes it may give every role that it has.
[[nodiscard]] Answered<Account> account_to_change(const Desk& desk,
                                                  service::Journal::Change& change,
                                                  const std::string& id);
/// `last_owner` when there was an owner and there would be none. At the end of a change.
[[nodiscard]] Answered<void> keep_an_owner(const Desk& desk, int64_t owners_before);

[[nodiscard]] Answered<std::string> account_json(const Desk& desk, const Account& account);

}  // namespace srasta::admin
