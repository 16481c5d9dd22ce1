#pragma once

#include "admin/accounts.h"
#include "admin/desk.h"

#include <optional>
#include <string_view>
#include <vector>

namespace srasta::admin {

/// The person of the local issuer whom `login` names: by name, or "tenant/name" where several
/// tenants have somebody of that name. Nothing when it is nobody, or not one alone.
[[nodiscard]] base::Result<std::optional<Account>> find_login(const Desk& desk,
                                                              std::string_view login);

/// Whether the account may be signed in at all: it and its tenant are there and not suspended.
[[nodiscard]] base::Result<bool> is_admitted(const Desk& desk, const Account& account);

/// Whether this platform has an account for this principal of a provider, and it is disabled or
/// removed.
[[nodiscard]] base::Result<bool> is_barred(sql::Connection& database, const Account& account);

/// What the account may do through roles.
[[nodiscard]] base::Result<access::PermissionSet> permissions_of(const Desk& desk,
                                                                 const Account& account);

}  // namespace srasta::admin
