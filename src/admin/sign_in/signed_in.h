#pragma once

#include "admin/accounts.h"
#include "admin/desk.h"
#include "admin/sign_in/sessions.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace srasta::admin {

/// Somebody with a session.
struct SignedIn {
  Account account;  ///< of a guest without an id: he has none
  Session session;
  std::vector<std::string> roles;  ///< of a guest: as his claims had them

  [[nodiscard]] bool is_guest() const { return session.guest.has_value(); }
};

/// Which sessions count.
struct AdmissionRules {
  SessionRules sessions;
  std::set<std::string> providers;  ///< issuers that people may sign in at
};

/// What a cookie came to.
struct Recognised {
  std::optional<SignedIn> who;      ///< nothing: sign in again
  std::optional<SessionEnd> ended;  ///< the session ended just now
};

/// Who shows the cookie whose value has this digest. An account that is barred, and a provider that
/// is not one any more, ends the session.
[[nodiscard]] Answered<Recognised> recognise(const Desk& desk, const crypto::Digest& cookie,
                                             const AdmissionRules& rules, bool touch);

}  // namespace srasta::admin
