#pragma once

#include "admin/desk.h"
#include "crypto/hash.h"

#include <string>

// What administrators do about the ways that others sign in.
namespace srasta::admin {

/// Replaces the client secret of a service account.
[[nodiscard]] Answered<std::string> give_secret(const Desk& desk, service::Journal::Change& change,
                                                const std::string& account,
                                                const crypto::Digest& digest);
/// Of somebody who lost the authenticator.
[[nodiscard]] Answered<std::string> take_totp_away(const Desk& desk,
                                                   service::Journal::Change& change,
                                                   const std::string& account);
/// Ends all sessions and grants.
[[nodiscard]] Answered<std::string> sign_out(const Desk& desk, service::Journal::Change& change,
                                             const std::string& account);

/// Forgets everything that a deleted account signed in with.
[[nodiscard]] base::Result<void> forget_credentials(sql::Connection& database,
                                                    std::string_view account);

}  // namespace srasta::admin
