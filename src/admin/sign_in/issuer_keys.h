#pragma once

#include "admin/desk.h"
#include "base/entropy.h"
#include "base/result.h"
#include "crypto/aead.h"
#include "identity/issuer.h"
#include "storage/sql.h"

#include <cstdint>
#include <string>
#include <vector>

// The keys that sign tokens. Gateways learn the public halves with the access snapshot, so a new
// key is known before it signs. Times are seconds since 1970.
namespace srasta::admin {

/// A key signs for so long unless it is replaced before.
inline constexpr int64_t kIssuerKeySeconds = 90 * 24 * 3600;
/// A key that signs no more is published for as long as its tokens may be good.
inline constexpr int64_t kRetiredKeySeconds = 24 * 3600;

/// Public halves to be published, the newest first.
[[nodiscard]] base::Result<std::vector<std::string>> published_keys(sql::Connection& database);

/// Whether a new key is due: there is none, or it has signed long enough.
[[nodiscard]] base::Result<bool> wants_new_key(sql::Connection& database, int64_t now);
/// A key that is not stored yet.
struct NewIssuerKey {
  std::string id;
  std::string jwk;
  std::string sealed;
};
[[nodiscard]] base::Result<NewIssuerKey> make_issuer_key(const crypto::SecretBox& box,
                                                         base::Entropy& entropy);
/// It signs from now on, and the one before no more. Those whose tokens are all over are forgotten.
[[nodiscard]] base::Result<void> store_issuer_key(sql::Connection& database,
                                                  const NewIssuerKey& key, int64_t now);
/// The same as a change that somebody makes.
[[nodiscard]] Answered<std::string> rotate_issuer_key(const Desk& desk,
                                                      service::Journal::Change& change,
                                                      const NewIssuerKey& key);

/// The issuer at `url` with the key that signs now. NotFound: there is none. Denied: it was sealed
/// with another key than `box`.
[[nodiscard]] base::Result<identity::Issuer> signing_issuer(sql::Connection& database,
                                                            const crypto::SecretBox& box,
                                                            std::string url);

}  // namespace srasta::admin
