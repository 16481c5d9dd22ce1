#pragma once

#include "admin/accounts.h"
#include "admin/desk.h"

#include <optional>
#include <string>
#include <vector>

namespace srasta::admin {

/// Which accounts a list shows; in the order of their ids.
struct AccountList {
  std::string tenant;  ///< empty: all within reach
  std::string after;   ///< id; empty: from the start
  int64_t limit = 100;
};
[[nodiscard]] Answered<std::string> list_accounts(const Desk& desk, const AccountList& wanted);
[[nodiscard]] Answered<std::string> show_account(const Desk& desk, const std::string& id);

struct NewAccount {
  std::string id;  ///< random
  bool machine = false;
  std::string tenant;
  std::string issuer;
  std::string subject;  ///< empty for accounts of the local issuer: the id
  std::string name;
  std::string display;
  std::vector<std::string> roles;  ///< none for accounts of a provider
};
[[nodiscard]] Answered<std::string> create_account(const Desk& desk,
                                                   service::Journal::Change& change,
                                                   const NewAccount& account);

struct AccountPatch {
  std::optional<bool> disabled;
  std::optional<std::string> name;
  std::optional<std::string> display;
};
[[nodiscard]] Answered<std::string> change_account(const Desk& desk,
                                                   service::Journal::Change& change,
                                                   const std::string& id,
                                                   const AccountPatch& patch);

/// Replaces its own roles; those of its groups stay. Nobody changes his own.
[[nodiscard]] Answered<std::string> set_roles(const Desk& desk, service::Journal::Change& change,
                                              const std::string& id,
                                              std::vector<std::string> roles);

/// For good: its keys are revoked, its groups lose it, and its id stays taken.
[[nodiscard]] Answered<std::string> delete_account(const Desk& desk,
                                                   service::Journal::Change& change,
                                                   const std::string& id);

}  // namespace srasta::admin
