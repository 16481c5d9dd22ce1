#pragma once

#include "admin/desk.h"
#include "base/result.h"
#include "crypto/hash.h"
#include "storage/sql.h"

#include <cstdint>
#include <optional>
#include <string>

// One-time links: whoever opens one first sets the password of its account, or becomes the first
// owner. Times are seconds since 1970.
namespace srasta::admin {

inline constexpr int64_t kHandoffSeconds = 24 * 3600;

struct Handoff {
  std::string account;  ///< empty: of the first owner
};

/// Replaces the one that its account has.
[[nodiscard]] base::Result<void> store_handoff(sql::Connection& database,
                                               const crypto::Digest& digest,
                                               const std::string& account, int64_t now);
/// One that is good now; nothing for used, expired and unknown ones alike. One for the first owner
/// is good while there is none.
[[nodiscard]] base::Result<std::optional<Handoff>> find_handoff(sql::Connection& database,
                                                                const crypto::Digest& digest,
                                                                int64_t now);
[[nodiscard]] base::Result<void> redeem_handoff(sql::Connection& database,
                                                const crypto::Digest& digest, int64_t now);

/// A link for an account that signs in here, in place of one it may have.
[[nodiscard]] Answered<std::string> invite(const Desk& desk, service::Journal::Change& change,
                                           const std::string& account,
                                           const crypto::Digest& digest);

}  // namespace srasta::admin
