#include "admin/sign_in/handoffs.h"

#include "admin/accounts.h"
#include "admin/sign_in/random_secret.h"
#include "json/writer.h"
#include "storage/query.h"

namespace srasta::admin {

base::Result<void> store_handoff(sql::Connection& database, const crypto::Digest& digest,
                                 const std::string& account, int64_t now) {
  const sql::Value owner =
      account.empty() ? sql::Value(nullptr) : sql::Value(std::string_view(account));
  SRASTA_TRY(run(database, "DELETE FROM handoff WHERE account IS ?", {owner}));
  return run(database,
             "INSERT INTO handoff (digest, account, created, expires) VALUES (?, ?, ?, ?)",
             {blob_of(digest), owner, now, now + kHandoffSeconds});
}

base::Result<std::optional<Handoff>> find_handoff(sql::Connection& database,
                                                  const crypto::Digest& digest, int64_t now) {
  std::optional<Handoff> found;
  SRASTA_TRY(each_row(database,
                      "SELECT account FROM handoff WHERE digest = ? AND redeemed IS NULL AND "
                      "expires > ? AND created <= ?",
                      {blob_of(digest), now, now},
                      [&](const sql::Statement& row) -> base::Result<void> {
                        Handoff one;
                        if (!row.is_null(0)) {
                          SRASTA_TRY_ASSIGN(one.account, text_at(row, 0));
                        }
                        found = std::move(one);
                        return {};
                      }));
  if (!found || !found->account.empty()) return found;
  SRASTA_TRY_ASSIGN(const int64_t owners, count_owners(database));
  return owners == 0 ? found : std::nullopt;
}

base::Result<void> redeem_handoff(sql::Connection& database, const crypto::Digest& digest,
                                  int64_t now) {
  return run(database, "UPDATE handoff SET redeemed = ? WHERE digest = ?", {now, blob_of(digest)});
}

Answered<std::string> invite(const Desk& desk, service::Journal::Change& change,
                             const std::string& account, const crypto::Digest& digest) {
  SRASTA_ANSWER_ASSIGN(const Account found, account_to_change(desk, change, account));
  if (!found.is_local() || found.machine || found.disabled) return std::unexpected(invalid("user"));
  SRASTA_STORE(store_handoff(desk.database, digest, account, desk.now));
  json::Writer writer;
  writer.begin_object().member("user", std::string_view(account));
  writer.member("expires", desk.now + kHandoffSeconds);
  return writer.end_object().take();
}

}  // namespace srasta::admin
