#include "admin/sign_in/sign_in.h"

#include "admin/sign_in/answers.h"
#include "admin/sign_in/on_store.h"
#include "admin/sign_in/pages.h"
#include "admin/sign_in/random_secret.h"
#include "crypto/password_hash.h"
#include "json/writer.h"

#include <array>

namespace srasta::admin {
namespace {

using service::WebAnswer;
using service::WebRequest;

/// Each takes 64 MiB while it works.
constexpr unsigned kHashingThreads = 2;
constexpr unsigned kResolvingThreads = 2;

constexpr std::string_view kSetup = "/auth/setup/";

std::unexpected<Refusal> nobody() {
  return std::unexpected(Refusal{.code = service::ErrorCode::SessionExpired, .reason = "expired"});
}

}  // namespace

struct SignIn::Route {
  std::string_view method;
  std::string_view path;
  Answering (SignIn::*handler)(Asked);
};

SignIn::SignIn(const Parts& parts, SignInRules rules)
    : parts_(parts),
      hashing_(kHashingThreads),
      resolving_(kResolvingThreads),
      providers_({.loop = parts_.loop,
                  .blocking = resolving_,
                  .log = parts_.log,
                  .journal = parts_.journal}),
      nobodys_hash_(crypto::decoy_hash(parts_.entropy)) {
  set(std::move(rules));
}

void SignIn::set(SignInRules rules) {
  AdmissionRules admission{.sessions = rules.sessions, .providers = {}};
  for (const ProviderRule& rule : rules.providers) admission.providers.insert(rule.issuer.url);
  admission_ = std::make_shared<const AdmissionRules>(std::move(admission));
  providers_.set(rules.providers);
  rules_ = std::make_shared<const SignInRules>(std::move(rules));
}

void SignIn::stop() {
  hashing_.stop();
  resolving_.stop();
}

net::Task<WebAnswer> SignIn::answer(service::Request& request, service::Journal& journal,
                                    WebRequest web) {
  static constexpr auto kRoutes = std::to_array<Route>({
      {"GET", "/auth/style.css", &SignIn::show_style},
      {"GET", "/console/", &SignIn::show_console},
      {"GET", "/auth/login", &SignIn::show_login},
      {"POST", "/auth/login", &SignIn::log_in},
      {"POST", "/auth/external", &SignIn::go_to_provider},
      {"GET", "/auth/callback", &SignIn::come_back},
      {"GET", "/auth/logout", &SignIn::show_logout},
      {"POST", "/auth/logout", &SignIn::log_out},
      {"GET", "/auth/session", &SignIn::show_session},
      {"GET", "/auth/account", &SignIn::show_account},
      {"POST", "/auth/password", &SignIn::change_password},
      {"GET", "/auth/totp", &SignIn::show_totp},
      {"POST", "/auth/totp", &SignIn::set_up_totp},
      {"GET", "/auth/authorize", &SignIn::authorize},
      {"POST", "/auth/token", &SignIn::issue_tokens},
      {"POST", "/auth/revoke", &SignIn::revoke_token},
      {"GET", kSetup, &SignIn::show_setup},
      {"POST", kSetup, &SignIn::set_up},
  });
  // Limits and records go by who asked the gateway.
  request.client = web.client;
  const Form query(web.query);
  const Form form(web.form);
  for (const Route& route : kRoutes) {
    const bool fits = route.path == kSetup ? web.path.starts_with(kSetup) : web.path == route.path;
    if (!fits || web.method != route.method) continue;
    co_return co_await (this->*route.handler)(
        {.request = request, .journal = journal, .web = web, .query = query, .form = form});
  }
  co_return notice_page(404, {.title = "Not found", .text = "There is no such page."});
}

net::Task<SignIn::Principal> SignIn::principal_of(service::Request& request,
                                                  service::Journal& journal, std::string cookie,
                                                  bool touch) {
  const auto who = co_await recognised(request, journal, std::move(cookie), touch);
  if (!who && is_nobody(who.error())) co_return Principal{};
  if (!who) {
    (void)unavailable(who.error());
    co_return Principal{.json = {}, .unavailable = true};
  }
  json::Writer writer;
  writer.begin_object().member("session", std::string_view(who->session.id));
  if (const auto& guest = who->session.guest) {
    writer.member("issuer", std::string_view(guest->issuer)).key("mapping").raw(guest->mapping);
  } else {
    writer.member("subject", std::string_view(who->account.subject));
    writer.member("tenant", std::string_view(who->account.tenant)).member("roles", who->roles);
  }
  co_return Principal{.json = writer.end_object().take(), .unavailable = false};
}

net::Task<Answered<SignedIn>> SignIn::who(Asked asked) {
  auto known = co_await anybody(asked);
  if (known && known->session.guest) co_return nobody();
  co_return known;
}

net::Task<Answered<SignedIn>> SignIn::anybody(Asked asked) {
  co_return co_await recognised(asked.request, asked.journal, asked.web.session, true);
}

net::Task<Answered<SignedIn>> SignIn::recognised(service::Request& request,
                                                 service::Journal& journal, std::string cookie,
                                                 bool touch) {
  if (cookie.empty()) co_return nobody();
  const crypto::Digest digest = digest_of_secret(cookie);
  auto found = co_await on_store([rules = admission_, digest, touch](const Desk& desk) {
    return recognise(desk, digest, *rules, touch);
  });
  if (!found) co_return std::unexpected(std::move(found).error());
  if (const auto& ended = found->ended) {
    const Guest guest = ended->session.guest.value_or(Guest{});
    const Account of{.tenant = guest.tenant, .issuer = guest.issuer, .subject = guest.subject};
    const bool known = !guest.issuer.empty();
    journal.visit_ended(request,
                        known ? visitor(of)
                              : service::Journal::Visitor{.subject = ended->session.account,
                                                          .kind = audit::ActorKind::User},
                        audit::Act::SessionClose,
                        {.reason = ended->reason, .issuer = guest.issuer});
  }
  auto& somebody = found->who;
  if (!somebody) co_return nobody();
  co_return *std::move(somebody);
}

service::Journal::Visitor SignIn::visitor(const Account& account) const {
  service::Journal::Visitor named = visitor_of(account);
  if (!account.is_local() && rules_->hides_ids) named.subject = "-";
  return named;
}

std::optional<WebAnswer> SignIn::refuse_foreign(Asked asked, const SignedIn& who) const {
  if (has_csrf_token(asked.web, asked.form)) return std::nullopt;
  asked.journal.visit_refused(asked.request, visitor(who.account), audit::Act::AuthzDeny,
                              {.reason = "csrf"}, asked.web.path);
  return error_page(service::ErrorCode::CsrfFailed);
}

WebAnswer SignIn::without_session(const Refusal& refusal, std::string_view path) const {
  return is_nobody(refusal) ? to_login(path) : unavailable(refusal);
}

net::Task<bool> SignIn::verify(base::Secret password, std::string phc) {
  const auto secret = std::make_shared<const base::Secret>(std::move(password));
  return on_pool(parts_.loop, hashing_,
                 [secret, phc = std::move(phc)] { return crypto::verify_password(*secret, phc); });
}

net::Task<base::Result<std::string>> SignIn::hash(base::Secret password) {
  const auto secret = std::make_shared<const base::Secret>(std::move(password));
  return on_pool(parts_.loop, hashing_,
                 [this, secret] { return crypto::hash_password(*secret, parts_.entropy); });
}

WebAnswer SignIn::unavailable(const Refusal& refusal) const {
  parts_.log.warn("the database refused", {{"reason", std::string_view(refusal.detail)}});
  return error_page(service::ErrorCode::ServiceUnavailable);
}

}  // namespace srasta::admin
