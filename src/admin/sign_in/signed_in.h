#pragma once

#include "admin/accounts.h"
#include "admin/desk.h"
#include "admin/sign_in/sessions.h"

#include <optional>
#include <string>
#include <vector>

namespace srasta::admin {

/// Somebody with a session.
struct SignedIn {
  Account account;
  Session session;
  std::vector<std::string> roles;
};

/// What a cookie came to.
struct Recognised {
  std::optional<SignedIn> who;      ///< nothing: sign in again
  std::optional<SessionEnd> ended;  ///< the session ended just now
};

/// Who shows the cookie whose value has this digest. An account that is barred ends its session.
[[nodiscard]] Answered<Recognised> recognise(const Desk& desk, const crypto::Digest& cookie,
                                             const SessionRules& rules, bool touch);

}  // namespace srasta::admin
