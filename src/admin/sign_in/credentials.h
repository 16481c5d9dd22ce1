#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "storage/sql.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// What accounts of the local issuer prove themselves by. Times are seconds since 1970.
namespace srasta::admin {

struct Credential {
  std::string password;              ///< PHC string
  std::optional<std::string> totp;   ///< sealed key
  std::optional<int64_t> totp_step;  ///< of the last code that was taken
};

[[nodiscard]] base::Result<std::optional<Credential>> find_credential(sql::Connection& database,
                                                                      std::string_view account);
/// Makes it, or replaces the password. One-time codes stay.
[[nodiscard]] base::Result<void> set_password(sql::Connection& database, std::string_view account,
                                              std::string_view phc, int64_t now);
[[nodiscard]] base::Result<void> set_totp(sql::Connection& database, std::string_view account,
                                          std::string_view sealed, int64_t step);
[[nodiscard]] base::Result<void> note_totp(sql::Connection& database, std::string_view account,
                                           int64_t step);
[[nodiscard]] base::Result<void> remove_totp(sql::Connection& database, std::string_view account);

/// What the key of one-time codes is sealed for.
[[nodiscard]] std::string totp_purpose(std::string_view account);

/// Replaces the secret of a service account.
[[nodiscard]] base::Result<void> set_client_secret(sql::Connection& database,
                                                   std::string_view account,
                                                   const crypto::Digest& digest, int64_t now);
[[nodiscard]] base::Result<bool> is_client_secret(sql::Connection& database,
                                                  std::string_view account,
                                                  const crypto::Digest& shown);

}  // namespace srasta::admin
