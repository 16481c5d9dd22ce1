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

struct Session {
  std::string id;  ///< for people and records; opens nothing
  std::string account;
  std::string method;
  int64_t signed_in = 0;
  int64_t used = 0;
};

/// Why a session is none any more; an audit reason.
struct SessionEnd {
  std::string_view reason;
  std::string account;
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
/// Those whose time is up, of whoever; links, codes and grants likewise.
[[nodiscard]] base::Result<void> forget_expired(sql::Connection& database,
                                                const SessionRules& rules, int64_t now);

/// Open sessions within the actor's reach, as JSON.
[[nodiscard]] Answered<std::string> list_sessions(const Desk& desk, const std::string& account);

}  // namespace srasta::admin
