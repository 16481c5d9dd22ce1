#include "admin/sign_in/signed_in.h"

#include "admin/sign_in/login_accounts.h"

namespace srasta::admin {

Answered<Recognised> recognise(const Desk& desk, const crypto::Digest& cookie,
                               const SessionRules& rules, bool touch) {
  SRASTA_STORE_ASSIGN(SessionState state,
                      use_session(desk.database, cookie, rules, desk.now, touch));
  if (!state.session) return Recognised{.who = std::nullopt, .ended = std::move(state.ended)};
  SRASTA_STORE_ASSIGN(std::optional<Account> account,
                      find_account(desk.database, state.session->account));
  bool admitted = false;
  if (account) {
    SRASTA_STORE_ASSIGN(admitted, is_admitted(desk, *account));
  }
  if (!admitted) {
    SRASTA_STORE(close_session(desk.database, cookie));
    return Recognised{.who = std::nullopt,
                      .ended = SessionEnd{"disabled", std::move(state.session->account)}};
  }
  SRASTA_STORE_ASSIGN(std::vector<std::string> roles, roles_of(desk.database, account->id));
  return Recognised{.who = SignedIn{.account = *std::move(account),
                                    .session = *std::move(state.session),
                                    .roles = std::move(roles)},
                    .ended = std::nullopt};
}

}  // namespace srasta::admin
