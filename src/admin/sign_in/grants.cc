#include "admin/sign_in/grants.h"

#include "admin/sign_in/random_secret.h"
#include "storage/query.h"

namespace srasta::admin {
namespace {

/// The columns of a grant, from `first` on.
base::Result<Grant> read_grant(const sql::Statement& row, int first) {
  Grant grant;
  SRASTA_TRY_ASSIGN(grant.id, text_at(row, first));
  SRASTA_TRY_ASSIGN(grant.account, text_at(row, first + 1));
  SRASTA_TRY_ASSIGN(grant.client, text_at(row, first + 2));
  SRASTA_TRY_ASSIGN(grant.scope, text_at(row, first + 3));
  SRASTA_TRY_ASSIGN(grant.resource, text_at(row, first + 4));
  SRASTA_TRY_ASSIGN(grant.expires, row.integer(first + 5));
  return grant;
}

}  // namespace

base::Result<void> store_code(sql::Connection& database, const NewCode& code, int64_t now) {
  const Grant& grant = code.grant;
  SRASTA_TRY(run(
      database,
      "INSERT INTO token_grant (id, account, client, scope, resource, created, expires) "
      "VALUES (?, ?, ?, ?, ?, ?, ?)",
      {std::string_view(grant.id), std::string_view(grant.account), std::string_view(grant.client),
       std::string_view(grant.scope), std::string_view(grant.resource), now, grant.expires}));
  return run(database,
             "INSERT INTO authorization_code (digest, token_grant, redirect_uri, challenge, nonce, "
             "signed_in, expires) VALUES (?, ?, ?, ?, ?, ?, ?)",
             {blob_of(code.digest), std::string_view(grant.id), std::string_view(code.redirect_uri),
              std::string_view(code.challenge), std::string_view(code.nonce), code.signed_in,
              now + kCodeSeconds});
}

base::Result<std::optional<Code>> find_code(sql::Connection& database, const crypto::Digest& digest,
                                            int64_t now) {
  std::optional<Code> found;
  SRASTA_TRY(each_row(
      database,
      "SELECT c.redirect_uri, c.challenge, c.nonce, c.signed_in, c.used IS NOT NULL, "
      "c.expires <= ?2 OR g.revoked IS NOT NULL, g.id, g.account, g.client, g.scope, g.resource, "
      "g.expires FROM authorization_code c JOIN token_grant g ON g.id = c.token_grant "
      "WHERE c.digest = ?1",
      {blob_of(digest), now}, [&](const sql::Statement& row) -> base::Result<void> {
        Code code;
        SRASTA_TRY_ASSIGN(code.redirect_uri, text_at(row, 0));
        SRASTA_TRY_ASSIGN(code.challenge, text_at(row, 1));
        SRASTA_TRY_ASSIGN(code.nonce, text_at(row, 2));
        SRASTA_TRY_ASSIGN(code.signed_in, row.integer(3));
        SRASTA_TRY_ASSIGN(const int64_t used, row.integer(4));
        SRASTA_TRY_ASSIGN(const int64_t dead, row.integer(5));
        SRASTA_TRY_ASSIGN(code.grant, read_grant(row, 6));
        code.used = used != 0;
        code.dead = dead != 0;
        found = std::move(code);
        return {};
      }));
  return found;
}

base::Result<void> use_code(sql::Connection& database, const crypto::Digest& digest, int64_t now) {
  return run(database, "UPDATE authorization_code SET used = ? WHERE digest = ?",
             {now, blob_of(digest)});
}

base::Result<void> store_refresh(sql::Connection& database, std::string_view grant,
                                 const crypto::Digest& digest, int64_t now) {
  return run(database, "INSERT INTO refresh_token (digest, token_grant, created) VALUES (?, ?, ?)",
             {blob_of(digest), grant, now});
}

base::Result<std::optional<Refresh>> find_refresh(sql::Connection& database,
                                                  const crypto::Digest& digest, int64_t now) {
  std::optional<Refresh> found;
  SRASTA_TRY(each_row(
      database,
      "SELECT r.used IS NOT NULL, g.expires <= ?2 OR g.revoked IS NOT NULL, g.id, g.account, "
      "g.client, g.scope, g.resource, g.expires FROM refresh_token r "
      "JOIN token_grant g ON g.id = r.token_grant WHERE r.digest = ?1",
      {blob_of(digest), now}, [&](const sql::Statement& row) -> base::Result<void> {
        Refresh refresh;
        SRASTA_TRY_ASSIGN(const int64_t used, row.integer(0));
        SRASTA_TRY_ASSIGN(const int64_t dead, row.integer(1));
        SRASTA_TRY_ASSIGN(refresh.grant, read_grant(row, 2));
        refresh.used = used != 0;
        refresh.dead = dead != 0;
        found = std::move(refresh);
        return {};
      }));
  return found;
}

base::Result<void> use_refresh(sql::Connection& database, const crypto::Digest& digest,
                               int64_t now) {
  return run(database, "UPDATE refresh_token SET used = ? WHERE digest = ?",
             {now, blob_of(digest)});
}

base::Result<void> revoke_grant(sql::Connection& database, std::string_view grant, int64_t now) {
  return run(database, "UPDATE token_grant SET revoked = ? WHERE id = ? AND revoked IS NULL",
             {now, grant});
}

}  // namespace srasta::admin
