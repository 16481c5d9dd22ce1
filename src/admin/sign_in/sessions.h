#pragma once

#include "admin/desk.h"
#include "base/result.h"
#include "crypto/hash.h"
#include "storage/sql.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Sessions of browsers. A session is known by the digest of its cookie's value. Times are seconds
// since 1970.
namespace srasta::admin {

struct SessionRules {
  int64_t idle = 30 * 60;       ///< seconds without use
  int64_t longest = 12 * 3600;  ///< seconds since its sign-in
};

/// Somebody whom another provider signed in. He has no account here.
struct Guest {
  std::string issuer;
  std::string tenant;
  std::string subject;
  std::string name;     ///< what to call him
  std::string mapping;  ///< what his claims came to at the sign-in: JSON of identity/mapping_json.h
};

struct Session {
  std::string id;       ///< for people and records; opens nothing
  std::string account;  ///< empty: of a guest
  std::optional<Guest> guest = std::nullopt;
  std::string method;
  int64_t signed_in = 0;
  int64_t used = 0;
};

/// A session that is none any more, and why; an audit reason.
struct SessionEnd {
  std::string_view reason;
  Session session;
};

/// What a cookie stands for.
struct SessionState {
  std::optional<Session> session;   ///< nothing: sign in again
  std::optional<SessionEnd> ended;  ///< it ended just now
};

[[nodiscard]] base::Result<void> open_session(sql::Connection& database,
                                              const crypto::Digest& digest, const Session& session);
/// `touch`: it is used by a person, which keeps it from idling. One whose time is up is removed.
[[nodiscard]] base::Result<SessionState> use_session(sql::Connection& database,
                                                     const crypto::Digest& digest,
                                                     const SessionRules& rules, int64_t now,
                                                     bool touch);
[[nodiscard]] base::Result<void> close_session(sql::Connection& database,
                                               const crypto::Digest& digest);
/// Of an account, all but `kept`; and what its clients may have.
[[nodiscard]] base::Result<void> sign_out_everywhere(sql::Connection& database,
                                                     std::string_view account, int64_t now,
                                                     const crypto::Digest* kept = nullptr);
/// All of a guest.
[[nodiscard]] base::Result<void> sign_guest_out(sql::Connection& database, std::string_view issuer,
                                                std::string_view tenant, std::string_view subject);
/// Those whose time is up, of whoever; links, codes and grants likewise.
[[nodiscard]] base::Result<void> forget_expired(sql::Connection& database,
                                                const SessionRules& rules, int64_t now);

/// Open sessions within the actor's reach, as JSON.
[[nodiscard]] Answered<std::string> list_sessions(const Desk& desk, const std::string& account);

}  // namespace srasta::admin
