#include "admin/sign_in/credentials.h"

#include "admin/sign_in/random_secret.h"
#include "base/encoding.h"
#include "storage/query.h"

namespace srasta::admin {
namespace {

sql::Blob blob_of(std::string_view bytes) {
  return std::as_bytes(std::span(bytes));
}

}  // namespace

base::Result<std::optional<Credential>> find_credential(sql::Connection& database,
                                                        std::string_view account) {
  std::optional<Credential> found;
  SRASTA_TRY(each_row(database,
                      "SELECT password, totp, totp_step FROM credential WHERE account = ?",
                      {account}, [&](const sql::Statement& row) -> base::Result<void> {
                        Credential credential;
                        SRASTA_TRY_ASSIGN(credential.password, text_at(row, 0));
                        if (!row.is_null(1)) {
                          SRASTA_TRY_ASSIGN(credential.totp.emplace(), bytes_at(row, 1));
                        }
                        if (!row.is_null(2)) {
                          SRASTA_TRY_ASSIGN(credential.totp_step.emplace(), row.integer(2));
                        }
                        found = std::move(credential);
                        return {};
                      }));
  return found;
}

base::Result<void> set_password(sql::Connection& database, std::string_view account,
                                std::string_view phc, int64_t now) {
  return run(database,
             "INSERT INTO credential (account, password, changed) VALUES (?1, ?2, ?3) "
             "ON CONFLICT (account) DO UPDATE SET password = ?2, changed = ?3",
             {account, phc, now});
}

base::Result<void> set_totp(sql::Connection& database, std::string_view account,
                            std::string_view sealed, int64_t step) {
  return run(database, "UPDATE credential SET totp = ?, totp_step = ? WHERE account = ?",
             {blob_of(sealed), step, account});
}

base::Result<void> note_totp(sql::Connection& database, std::string_view account, int64_t step) {
  return run(database, "UPDATE credential SET totp_step = ? WHERE account = ?", {step, account});
}

base::Result<void> remove_totp(sql::Connection& database, std::string_view account) {
  return run(database, "UPDATE credential SET totp = NULL, totp_step = NULL WHERE account = ?",
             {account});
}

std::string totp_purpose(std::string_view account) {
  return std::string("totp:").append(account);
}

base::Result<void> set_client_secret(sql::Connection& database, std::string_view account,
                                     const crypto::Digest& digest, int64_t now) {
  return run(database,
             "INSERT INTO client_secret VALUES (?, ?, ?) ON CONFLICT (account) DO UPDATE "
             "SET digest = excluded.digest, created = excluded.created",
             {account, admin::blob_of(digest), now});
}

base::Result<bool> is_client_secret(sql::Connection& database, std::string_view account,
                                    const crypto::Digest& shown) {
  std::string stored;
  SRASTA_TRY(each_row(database, "SELECT digest FROM client_secret WHERE account = ?", {account},
                      [&](const sql::Statement& row) -> base::Result<void> {
                        SRASTA_TRY_ASSIGN(stored, bytes_at(row, 0));
                        return {};
                      }));
  return base::equal_constant_time(stored, crypto::bytes_of(shown));
}

}  // namespace srasta::admin
