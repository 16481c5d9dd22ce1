#pragma once

#include "access/access_rules.h"
#include "admin/actor.h"
#include "admin/refusal.h"
#include "service/journal.h"
#include "storage/sql.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace srasta::admin {

/// What questions and changes work with.
struct Desk {
  sql::Connection& database;
  const Actor& actor;
  const access::AccessRules& declared;  ///< what the configuration file says
  int64_t now = 0;                      ///< seconds since 1970
  /// Accounts of people that the license allows; nothing: any number.
  std::optional<int64_t> seats = std::nullopt;
};

/// Answers with a JSON document.
using Question = std::function<Answered<std::string>(const Desk&)>;

/// Changes the database inside of a transaction, and answers with a JSON document. May be run
/// twice, once to see whether it would be refused: it draws nothing from chance. Says in `change`
/// what it is about as soon as it knows, also when it refuses.
using Edit = std::function<Answered<std::string>(const Desk&, service::Journal::Change& change)>;

/// Roles that exist: built in, declared in the file, and of the database.
[[nodiscard]] base::Result<access::RoleTable> known_roles(const Desk& desk);

/// Whether the tenant is registered, in the file or in the database.
[[nodiscard]] base::Result<bool> knows_tenant(const Desk& desk, std::string_view name);

/// Sorted, without repeats: two requests that mean the same are the same.
[[nodiscard]] std::vector<std::string> normalised(std::vector<std::string> names);

/// Names joined by "/", as records of changes have them.
[[nodiscard]] std::string joined(std::span<const std::string> names);

}  // namespace srasta::admin
