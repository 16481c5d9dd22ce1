#pragma once

#include "admin/registry.h"
#include "admin/sign_in/form.h"
#include "admin/sign_in/pending_sign_ins.h"
#include "admin/sign_in/provider_request.h"
#include "admin/sign_in/providers.h"
#include "admin/sign_in/sign_in_rules.h"
#include "admin/sign_in/signed_in.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/log.h"
#include "crypto/aead.h"
#include "identity/claims.h"
#include "identity/login_throttle.h"
#include "net/blocking.h"
#include "net/loop.h"
#include "service/journal.h"
#include "service/web_exchange.h"

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace srasta::admin {

/// The local issuer and its pages (docs/sign-in.md): password and one-time code, sessions, one-time
/// links, OAuth 2 with PKCE. Used on one loop. Passwords are hashed on threads of their own, so
/// many at once cost nobody else's time and a bounded amount of memory.
class SignIn {
 public:
  struct Parts {
    net::Loop& loop;
    const base::Clock& clock;
    base::Entropy& entropy;
    base::Log& log;
    Registry& registry;
    net::BlockingPool& store;  ///< the database's thread
    const crypto::SecretBox& box;
    service::Journal& journal;  ///< for what it does by itself
  };
  SignIn(const Parts& parts, SignInRules rules);
  SignIn(const SignIn&) = delete;
  SignIn& operator=(const SignIn&) = delete;

  void set(SignInRules rules);
  /// From now on providers are asked what is to be known of them. The loop runs.
  void start() { providers_.start(); }

  /// One request for a page. `request` is the gateway's, whose id the records carry.
  net::Task<service::WebAnswer> answer(service::Request& request, service::Journal& journal,
                                       service::WebRequest web);

  /// Who a session's cookie stands for, as JSON that `Authenticator::admit_session` takes.
  /// `touch`: a person asks, and not a page by itself.
  struct Principal {
    std::string json;  ///< empty: nobody, sign in again
    bool unavailable = false;
  };
  net::Task<Principal> principal_of(service::Request& request, service::Journal& journal,
                                    std::string cookie, bool touch);

  /// Makes a key for tokens when one is due, and forgets what is over. Before the first request,
  /// and about once a minute.
  net::Task<void> tend(service::Journal& journal);
  /// While the platform has no owner, whoever has the secret with this digest may become it.
  net::Task<void> offer_ownership(service::Journal& journal, crypto::Digest link);
  /// Providers are asked nothing any more.
  void end() { providers_.stop(); }
  /// Whether nothing that it does by itself is under way: what it began to record has its end.
  [[nodiscard]] bool idle() const { return tending_ == 0 && providers_.stopped(); }
  /// Waits for what is being hashed or looked up. The loop does not run any more.
  void stop();

 private:
  struct Asked {
    service::Request& request;
    service::Journal& journal;
    const service::WebRequest& web;
    const Form& query;
    const Form& form;
  };
  struct Route;
  using Answering = net::Task<service::WebAnswer>;

  /// What an attempt to prove a password came to.
  struct Proof {
    std::optional<Account> account;
    std::string_view reason = {};  ///< of a refusal
    std::string_view method = {};  ///< how it was proved
    bool outdated = false;         ///< the hash is to be made anew
  };
  struct Attempt {
    std::string user;
    base::Secret password;
    std::string code;
  };

  // sign_in.cc
  [[nodiscard]] int64_t now() const { return base::unix_seconds(parts_.clock.wall()); }
  template <typename Work>
  auto on_store(Work work) -> net::Task<std::invoke_result_t<Work&, const Desk&>>;
  net::Task<bool> verify(base::Secret password, std::string phc);
  net::Task<base::Result<std::string>> hash(base::Secret password);
  /// Who has a session and an account. What is about accounts is not for guests. SessionExpired:
  /// nobody.
  net::Task<Answered<SignedIn>> who(Asked asked);
  /// Who has a session, guests too.
  net::Task<Answered<SignedIn>> anybody(Asked asked);
  net::Task<Answered<SignedIn>> recognised(service::Request& request, service::Journal& journal,
                                           std::string cookie, bool touch);
  /// A form that another site sent with this one's session.
  [[nodiscard]] std::optional<service::WebAnswer> refuse_foreign(Asked asked,
                                                                 const SignedIn& who) const;
  /// How records name an account, or somebody of a provider.
  [[nodiscard]] service::Journal::Visitor visitor(const Account& account) const;
  /// Who has no session signs in first, and comes back to `path`.
  [[nodiscard]] service::WebAnswer without_session(const Refusal& refusal,
                                                   std::string_view path) const;
  [[nodiscard]] service::WebAnswer unavailable(const Refusal& refusal) const;

  // log_in.cc
  [[nodiscard]] service::WebAnswer login_page_for(int status, std::string_view return_to,
                                                  std::string_view error = {},
                                                  std::string_view user = {}) const;
  Answering show_style(Asked asked);
  Answering show_console(Asked asked);
  Answering show_login(Asked asked);
  Answering log_in(Asked asked);
  Answering enter(Asked asked, Proof proof, base::Secret password);
  net::Task<Answered<Proof>> prove(Attempt attempt);
  [[nodiscard]] std::optional<service::WebAnswer> refuse_locked(Asked asked, std::string_view user);
  service::WebAnswer refuse_login(Asked asked, std::string_view user, const Proof& proof);
  Answering show_logout(Asked asked);
  Answering log_out(Asked asked);
  Answering show_session(Asked asked);

  // provider_sign_in.cc
  /// Somebody who comes back from a provider.
  struct Back {
    std::shared_ptr<Provider> provider;
    PendingSignIn begun;
  };
  /// Why a provider's word is not enough, and whom it was about as far as that was proved.
  struct Refused {
    std::string_view reason;
    Guest guest = {};
  };
  template <typename T>
  using Proved = std::expected<T, Refused>;
  Answering go_to_provider(Asked asked);
  Answering come_back(Asked asked);
  net::Task<Proved<Guest>> prove_at_provider(const Back& back, const Form& query);
  net::Task<Proved<ProviderTokens>> redeem(const Back& back, std::string code);
  net::Task<Proved<identity::Claims>> verify(const Back& back, const ProviderTokens& tokens);
  net::Task<Proved<Guest>> admit(const Back& back, identity::Claims claims);
  Answering enter_guest(Asked asked, const Back& back, Guest guest);
  [[nodiscard]] service::WebAnswer refuse_guest(Asked asked, const Refused& refused,
                                                std::string_view issuer);

  // account_pages.cc
  Answering show_account(Asked asked);
  Answering change_password(Asked asked);
  Answering replace_password(Asked asked, SignedIn who, base::Secret password);
  Answering show_totp(Asked asked);
  Answering set_up_totp(Asked asked);
  [[nodiscard]] service::WebAnswer offer_totp(Asked asked, const SignedIn& who) const;
  Answering keep_totp(Asked asked, SignedIn who, std::string key, int64_t step);

  // setup.cc
  /// Makes a change of the directory and puts it in force.
  net::Task<Answered<std::string>> in_force(Edit edit, Actor actor);
  Answering show_setup(Asked asked);
  Answering set_up(Asked asked);
  Answering make_owner(Asked asked, crypto::Digest link, std::string phc);
  Answering set_first_password(Asked asked, crypto::Digest link, Account account, std::string phc);

  // authorize.cc
  Answering authorize(Asked asked);
  Answering issue_tokens(Asked asked);
  Answering revoke_token(Asked asked);

  const Parts parts_;
  /// Work on other threads keeps those that it began with.
  std::shared_ptr<const SignInRules> rules_;
  std::shared_ptr<const AdmissionRules> admission_;  // by `rules_`
  identity::LoginThrottle throttle_;
  net::BlockingPool hashing_;
  net::BlockingPool resolving_;  // names of providers' hosts
  Providers providers_;
  PendingSignIns pending_;
  unsigned proving_ = 0;  // passwords, at this moment
  unsigned tending_ = 0;
  const std::string nobodys_hash_;  // verified for names that nobody has
};

}  // namespace srasta::admin
