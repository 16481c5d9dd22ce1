#include "admin/sign_in/account_access.h"

#include "admin/accounts.h"
#include "admin/sign_in/credentials.h"
#include "admin/sign_in/sessions.h"
#include "json/writer.h"
#include "storage/query.h"

#include <array>

namespace srasta::admin {
namespace {

using service::Journal;

std::string answer_about(const std::string& account) {
  json::Writer writer;
  return writer.begin_object().member("user", std::string_view(account)).end_object().take();
}

}  // namespace

Answered<std::string> give_secret(const Desk& desk, Journal::Change& change,
                                  const std::string& account, const crypto::Digest& digest) {
  SRASTA_ANSWER_ASSIGN(const Account found, account_to_change(desk, change, account));
  if (!found.is_local() || !found.machine || found.disabled) {
    return std::unexpected(invalid("user"));
  }
  SRASTA_STORE(set_client_secret(desk.database, account, digest, desk.now));
  json::Writer writer;
  writer.begin_object().member("client_id", std::string_view(account));
  return writer.end_object().take();
}

Answered<std::string> take_totp_away(const Desk& desk, Journal::Change& change,
                                     const std::string& account) {
  change.before = "totp";
  SRASTA_ANSWER_ASSIGN(const Account found, account_to_change(desk, change, account));
  if (!found.is_local() || found.machine) return std::unexpected(invalid("user"));
  SRASTA_STORE(remove_totp(desk.database, account));
  return answer_about(account);
}

Answered<std::string> sign_out(const Desk& desk, Journal::Change& change,
                               const std::string& account) {
  SRASTA_ANSWER_ASSIGN(const Account found, account_to_change(desk, change, account));
  SRASTA_STORE(sign_out_everywhere(desk.database, found.id, desk.now));
  // An account of a provider says who is disabled here; its sessions are those of a guest.
  SRASTA_STORE(sign_guest_out(desk.database, found.issuer, found.tenant, found.subject));
  return answer_about(account);
}

base::Result<void> forget_credentials(sql::Connection& database, std::string_view account) {
  constexpr std::array<std::string_view, 5> kForgotten = {
      "DELETE FROM credential WHERE account = ?", "DELETE FROM client_secret WHERE account = ?",
      "DELETE FROM handoff WHERE account = ?", "DELETE FROM session WHERE account = ?",
      "DELETE FROM token_grant WHERE account = ?"};
  for (const std::string_view statement : kForgotten) {
    SRASTA_TRY(run(database, statement, {account}));
  }
  return {};
}

}  // namespace srasta::admin
