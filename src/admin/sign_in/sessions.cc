#include "admin/sign_in/sessions.h"

#include "admin/accounts.h"
#include "admin/sign_in/random_secret.h"
#include "json/writer.h"
#include "storage/query.h"

namespace srasta::admin {
namespace {

base::Result<Guest> guest_in(const sql::Statement& row, int first) {
  Guest guest;
  for (std::string* const text :
       {&guest.issuer, &guest.tenant, &guest.subject, &guest.name, &guest.mapping}) {
    SRASTA_TRY_ASSIGN(*text, text_at(row, first++));
  }
  return guest;
}

base::Result<std::optional<Session>> find(sql::Connection& database, const crypto::Digest& digest) {
  std::optional<Session> found;
  SRASTA_TRY(each_row(database,
                      "SELECT id, method, signed_in, used, account, issuer, tenant, subject, name, "
                      "mapping FROM session WHERE digest = ?",
                      {blob_of(digest)}, [&](const sql::Statement& row) -> base::Result<void> {
                        Session one;
                        SRASTA_TRY_ASSIGN(one.id, text_at(row, 0));
                        SRASTA_TRY_ASSIGN(one.method, text_at(row, 1));
                        SRASTA_TRY_ASSIGN(one.signed_in, row.integer(2));
                        SRASTA_TRY_ASSIGN(one.used, row.integer(3));
                        if (row.is_null(4)) {
                          SRASTA_TRY_ASSIGN(one.guest.emplace(), guest_in(row, 5));
                        } else {
                          SRASTA_TRY_ASSIGN(one.account, text_at(row, 4));
                        }
                        found = std::move(one);
                        return {};
                      }));
  return found;
}

/// The reason for its end; empty: it goes on. A clock that was set back ends it, too.
std::string_view end_of(const Session& session, const SessionRules& rules, int64_t now) {
  if (now - session.signed_in >= rules.longest || now < session.signed_in) return "absolute";
  return now - session.used >= rules.idle ? "idle" : "";
}

}  // namespace

base::Result<void> open_session(sql::Connection& database, const crypto::Digest& digest,
                                const Session& session) {
  if (!session.guest) {
    return run(database,
               "INSERT INTO session (digest, id, account, method, signed_in, used) "
               "VALUES (?, ?, ?, ?, ?, ?)",
               {blob_of(digest), std::string_view(session.id), std::string_view(session.account),
                std::string_view(session.method), session.signed_in, session.used});
  }
  const Guest& guest = *session.guest;
  return run(database,
             "INSERT INTO session (digest, id, method, signed_in, used, issuer, tenant, subject, "
             "name, mapping) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
             {blob_of(digest), std::string_view(session.id), std::string_view(session.method),
              session.signed_in, session.used, std::string_view(guest.issuer),
              std::string_view(guest.tenant), std::string_view(guest.subject),
              std::string_view(guest.name), std::string_view(guest.mapping)});
}

base::Result<SessionState> use_session(sql::Connection& database, const crypto::Digest& digest,
                                       const SessionRules& rules, int64_t now, bool touch) {
  SRASTA_TRY_ASSIGN(auto session, find(database, digest));
  if (!session) return SessionState{};
  if (const std::string_view reason = end_of(*session, rules, now); !reason.empty()) {
    SRASTA_TRY(close_session(database, digest));
    return SessionState{.session = std::nullopt, .ended = SessionEnd{reason, *std::move(session)}};
  }
  // A write a second at most: a page asks for many things at once.
  if (touch && now > session->used) {
    SRASTA_TRY(
        run(database, "UPDATE session SET used = ? WHERE digest = ?", {now, blob_of(digest)}));
  }
  return SessionState{.session = std::move(session), .ended = std::nullopt};
}

base::Result<void> close_session(sql::Connection& database, const crypto::Digest& digest) {
  return run(database, "DELETE FROM session WHERE digest = ?", {blob_of(digest)});
}

base::Result<void> sign_out_everywhere(sql::Connection& database, std::string_view account,
                                       int64_t now, const crypto::Digest* kept) {
  const crypto::Digest none{};
  SRASTA_TRY(run(database, "DELETE FROM session WHERE account = ? AND digest <> ?",
                 {account, blob_of(kept != nullptr ? *kept : none)}));
  return run(database, "UPDATE token_grant SET revoked = ? WHERE account = ? AND revoked IS NULL",
             {now, account});
}

base::Result<void> sign_guest_out(sql::Connection& database, std::string_view issuer,
                                  std::string_view tenant, std::string_view subject) {
  return run(database, "DELETE FROM session WHERE issuer = ? AND tenant = ? AND subject = ?",
             {issuer, tenant, subject});
}

base::Result<void> forget_expired(sql::Connection& database, const SessionRules& rules,
                                  int64_t now) {
  SRASTA_TRY(run(database, "DELETE FROM session WHERE signed_in <= ? OR used <= ?",
                 {now - rules.longest, now - rules.idle}));
  SRASTA_TRY(run(database, "DELETE FROM handoff WHERE expires <= ?", {now}));
  // With their codes and refresh tokens. Those that were revoked are still told apart until then.
  return run(database, "DELETE FROM token_grant WHERE expires <= ?", {now});
}

Answered<std::string> list_sessions(const Desk& desk, const std::string& account) {
  SRASTA_ANSWER_ASSIGN(const Account owner, account_in_reach(desk, account));
  json::Writer writer;
  writer.begin_object().key("sessions").begin_array();
  SRASTA_STORE(each_row(desk.database,
                        "SELECT id, method, signed_in, used FROM session WHERE account = ?1 OR "
                        "(issuer = ?2 AND tenant = ?3 AND subject = ?4) ORDER BY signed_in",
                        {std::string_view(owner.id), std::string_view(owner.issuer),
                         std::string_view(owner.tenant), std::string_view(owner.subject)},
                        [&](const sql::Statement& row) -> base::Result<void> {
                          SRASTA_TRY_ASSIGN(const std::string id, text_at(row, 0));
                          SRASTA_TRY_ASSIGN(const std::string method, text_at(row, 1));
                          SRASTA_TRY_ASSIGN(const int64_t signed_in, row.integer(2));
                          SRASTA_TRY_ASSIGN(const int64_t used, row.integer(3));
                          writer.begin_object().member("id", std::string_view(id));
                          writer.member("method", std::string_view(method));
                          writer.member("signed_in", signed_in).member("used", used).end_object();
                          return {};
                        }));
  return writer.end_array().end_object().take();
}

}  // namespace srasta::admin
