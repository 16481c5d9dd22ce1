#pragma once

#include "base/result.h"
#include "crypto/hash.h"
#include "storage/sql.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// What people let clients have, the codes that clients redeem once, and the refresh tokens that
// follow each other. Times are seconds since 1970.
namespace srasta::admin {

inline constexpr int64_t kCodeSeconds = 60;

struct Grant {
  std::string id;
  std::string account;
  std::string client;
  std::string scope;     ///< words separated by spaces
  std::string resource;  ///< RFC 8707; empty: none was named
  int64_t expires = 0;
};

struct NewCode {
  crypto::Digest digest{};
  Grant grant;
  std::string redirect_uri;
  std::string challenge;
  std::string nonce;
  int64_t signed_in = 0;
};
[[nodiscard]] base::Result<void> store_code(sql::Connection& database, const NewCode& code,
                                            int64_t now);

/// A code as it was stored; whether it may be redeemed is for `redeem_code` to say.
struct Code {
  Grant grant;
  std::string redirect_uri;
  std::string challenge;
  std::string nonce;
  int64_t signed_in = 0;
  bool used = false;
  bool dead = false;  ///< too old, or its grant was revoked
};
[[nodiscard]] base::Result<std::optional<Code>> find_code(sql::Connection& database,
                                                          const crypto::Digest& digest,
                                                          int64_t now);
[[nodiscard]] base::Result<void> use_code(sql::Connection& database, const crypto::Digest& digest,
                                          int64_t now);

[[nodiscard]] base::Result<void> store_refresh(sql::Connection& database, std::string_view grant,
                                               const crypto::Digest& digest, int64_t now);
struct Refresh {
  Grant grant;
  bool used = false;  ///< somebody has it who should not
  bool dead = false;  ///< its grant is over or was revoked
};
[[nodiscard]] base::Result<std::optional<Refresh>> find_refresh(sql::Connection& database,
                                                                const crypto::Digest& digest,
                                                                int64_t now);
[[nodiscard]] base::Result<void> use_refresh(sql::Connection& database,
                                             const crypto::Digest& digest, int64_t now);

/// Whatever hangs on it is refused from now on.
[[nodiscard]] base::Result<void> revoke_grant(sql::Connection& database, std::string_view grant,
                                              int64_t now);

}  // namespace srasta::admin
