#include "admin/sign_in/signed_in.h"

#include "admin/sign_in/login_accounts.h"
#include "identity/fault.h"
#include "identity/mapping_json.h"

namespace srasta::admin {
namespace {

/// Of whom a session is, or why it is nobody's.
struct Holder {
  std::optional<SignedIn> who;
  std::string_view barred = {};
};

Answered<Holder> account_of(const Desk& desk, Session session) {
  SRASTA_STORE_ASSIGN(std::optional<Account> account, find_account(desk.database, session.account));
  bool admitted = false;
  if (account) {
    SRASTA_STORE_ASSIGN(admitted, is_admitted(desk, *account));
  }
  if (!admitted) return Holder{.who = std::nullopt, .barred = "disabled"};
  SRASTA_STORE_ASSIGN(std::vector<std::string> roles, roles_of(desk.database, account->id));
  return Holder{.who = SignedIn{.account = *std::move(account),
                                .session = std::move(session),
                                .roles = std::move(roles)}};
}

std::vector<std::string> roles_in(const std::string& mapping) {
  const auto document = json::Document::parse(mapping);
  const auto parsed = document ? identity::parse_mapping(document->root()) : std::nullopt;
  std::vector<std::string> roles;
  if (!parsed) return roles;
  for (const base::RoleName& role : parsed->roles) roles.push_back(role.str());
  return roles;
}

Answered<Holder> guest_of(const Desk& desk, const AdmissionRules& rules, const Guest& guest,
                          Session session) {
  if (!rules.providers.contains(guest.issuer)) {
    return Holder{.who = std::nullopt, .barred = to_string(identity::TokenFault::Iss)};
  }
  Account account{.id = {},
                  .tenant = guest.tenant,
                  .issuer = guest.issuer,
                  .subject = guest.subject,
                  .name = guest.name,
                  .display = guest.name};
  SRASTA_STORE_ASSIGN(account.disabled, is_barred(desk.database, account));
  SRASTA_STORE_ASSIGN(const bool admitted, is_admitted(desk, account));
  if (!admitted) return Holder{.who = std::nullopt, .barred = "disabled"};
  std::vector<std::string> roles = roles_in(guest.mapping);
  return Holder{.who = SignedIn{.account = std::move(account),
                                .session = std::move(session),
                                .roles = std::move(roles)}};
}

}  // namespace

Answered<Recognised> recognise(const Desk& desk, const crypto::Digest& cookie,
                               const AdmissionRules& rules, bool touch) {
  SRASTA_STORE_ASSIGN(SessionState state,
                      use_session(desk.database, cookie, rules.sessions, desk.now, touch));
  if (!state.session) return Recognised{.who = std::nullopt, .ended = std::move(state.ended)};
  const Session session = *std::move(state.session);
  SRASTA_ANSWER_ASSIGN(Holder holder, session.guest ? guest_of(desk, rules, *session.guest, session)
                                                    : account_of(desk, session));
  if (holder.who) return Recognised{.who = std::move(holder.who), .ended = std::nullopt};
  SRASTA_STORE(close_session(desk.database, cookie));
  return Recognised{.who = std::nullopt, .ended = SessionEnd{holder.barred, session}};
}

}  // namespace srasta::admin
