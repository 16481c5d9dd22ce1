#include "access/source_limits.h"
#include "admin/sign_in/answers.h"
#include "admin/sign_in/authorization_request.h"
#include "admin/sign_in/counted.h"
#include "admin/sign_in/credentials.h"
#include "admin/sign_in/login_accounts.h"
#include "admin/sign_in/on_store.h"
#include "admin/sign_in/pages.h"
#include "admin/sign_in/random_secret.h"
#include "admin/sign_in/sign_in.h"
#include "base/check.h"
#include "base/ulid.h"
#include "crypto/password_hash.h"
#include "identity/password.h"
#include "identity/totp.h"
#include "json/writer.h"

namespace srasta::admin {
namespace {

using audit::Act;
using service::ErrorCode;
using service::Journal;
using service::WebAnswer;

/// More are turned away at once: at about 150 ms each these wait for a second.
constexpr unsigned kMostProving = 18;
constexpr int64_t kBusyRetry = 5;
constexpr std::string_view kLoginRoute = "/auth/login";
constexpr std::string_view kAuthorize = "/auth/authorize?";

/// Of a page that sends on to a client, the address that the browser must be allowed to follow.
std::string form_target_of(std::string_view return_to, const identity::OAuthClients& clients) {
  if (!return_to.starts_with(kAuthorize)) return {};
  const Form query(return_to.substr(kAuthorize.size()));
  const auto client = clients.find(query.get("client_id"));
  const std::string_view uri = query.get("redirect_uri");
  if (client == clients.end() || !client->second.may_redirect_to(uri)) return {};
  return std::string(origin_of(uri));
}

/// The provider that signed somebody in; empty: this platform did.
std::string_view issuer_of(const SignedIn& who) {
  return who.session.guest ? std::string_view(who.session.guest->issuer) : std::string_view();
}

}  // namespace

WebAnswer SignIn::login_page_for(int status, std::string_view return_to, std::string_view error,
                                 std::string_view user) const {
  LoginPage page{.return_to = return_to, .error = error, .user = user};
  // Programs get tokens for accounts: whoever signs in elsewhere has none here.
  const bool for_program = return_to.starts_with(kAuthorize);
  std::string targets = form_target_of(return_to, rules_->clients);
  std::vector<ProviderButton> buttons;
  for (const auto& provider : providers_.all()) {
    if (for_program) break;
    buttons.push_back({.issuer = provider->issuer(), .label = provider->label()});
    // While nothing is known of the provider, its form is answered by a page of ours.
    const std::string endpoint = provider->authorization_endpoint();
    const std::string_view origin = origin_of(endpoint.empty() ? provider->issuer() : endpoint);
    targets.append(targets.empty() ? "" : " ").append(origin);
  }
  page.form_target = targets;
  page.providers = buttons;
  return login_page(status, page);
}

SignIn::Answering SignIn::show_style(Asked /*asked*/) {
  co_return style_sheet();
}

SignIn::Answering SignIn::show_console(Asked asked) {
  const auto known = co_await anybody(asked);
  if (!known) co_return without_session(known.error(), asked.web.path);
  WebAnswer answer =
      notice_page(200, {.title = "Srasta",
                        .text = "The console is not there yet. The routes of administration take "
                                "your session already, and your account has its own page.",
                        .next = "/auth/account",
                        .next_text = "Your account"});
  co_return answer;
}

SignIn::Answering SignIn::show_login(Asked asked) {
  const auto known = co_await anybody(asked);
  const std::string return_to = safe_return(asked.query.get("return_to"));
  if (known) co_return redirect(return_to);
  if (!is_nobody(known.error())) co_return unavailable(known.error());
  co_return login_page_for(200, return_to);
}

SignIn::Answering SignIn::log_in(Asked asked) {
  if (!is_from_own_page(asked.web)) {
    asked.journal.visit_refused(asked.request, {}, Act::AuthzDeny, {.reason = "csrf"}, kLoginRoute);
    co_return error_page(ErrorCode::CsrfFailed);
  }
  if (asked.form.get("password").size() > identity::kLongestPassword) {
    co_return error_page(ErrorCode::BodyTooLarge);
  }
  const std::string user(asked.form.get("user"));
  if (auto locked = refuse_locked(asked, user)) co_return *std::move(locked);
  const Counted one_more(proving_);
  auto typed = identity::normalised_password(asked.form.get("password"));
  base::Secret password = typed ? *std::move(typed) : base::Secret();
  auto proof = co_await prove(
      {.user = user, .password = password.clone(), .code = std::string(asked.form.get("code"))});
  if (!proof) co_return unavailable(proof.error());
  if (!proof->reason.empty()) co_return refuse_login(asked, user, *proof);
  throttle_.succeeded(user, access::source_network(asked.web.client));
  co_return co_await enter(asked, *std::move(proof), std::move(password));
}

std::optional<WebAnswer> SignIn::refuse_locked(Asked asked, std::string_view user) {
  const std::string source = access::source_network(asked.web.client);
  int64_t retry = 0;
  if (const auto locked = throttle_.locked(user, source, parts_.clock.mono())) {
    const bool of_source = locked->scope == identity::LoginThrottle::Scope::Source;
    asked.journal.visit_refused(asked.request, {}, of_source ? Act::LimitHit : Act::LoginFail,
                                {.reason = "locked"}, kLoginRoute);
    retry = locked->left.count();
  } else if (proving_ >= kMostProving) {
    retry = kBusyRetry;
  }
  if (retry == 0) return std::nullopt;
  WebAnswer answer = coded(login_page_for(429, safe_return(asked.form.get("return_to")),
                                          facts_of(ErrorCode::LoginLocked).message, user),
                           ErrorCode::LoginLocked);
  answer.with("Retry-After", std::to_string(retry));
  return answer;
}

net::Task<Answered<SignIn::Proof>> SignIn::prove(Attempt attempt) {
  struct Found {
    std::optional<Account> account;
    std::string phc;
  };
  auto found = co_await on_store([user = attempt.user](const Desk& desk) -> Answered<Found> {
    SRASTA_STORE_ASSIGN(std::optional<Account> account, find_login(desk, user));
    if (!account) return Found{};
    SRASTA_STORE_ASSIGN(const auto credential, find_credential(desk.database, account->id));
    return Found{.account = std::move(account),
                 .phc = credential ? credential->password : std::string()};
  });
  if (!found) co_return std::unexpected(std::move(found).error());
  // As much work for a name that nobody has, or that cannot sign in with a password yet.
  const bool known = !found->phc.empty();
  const std::string phc = known ? found->phc : nobodys_hash_;
  const bool verified = co_await verify(std::move(attempt.password), phc);
  const bool right = verified && known;
  co_return co_await on_store([this, account = std::move(found->account), right, phc,
                               code =
                                   std::move(attempt.code)](const Desk& desk) -> Answered<Proof> {
    if (!account) return Proof{.account = std::nullopt, .reason = "user_unknown"};
    SRASTA_STORE_ASSIGN(const auto credential, find_credential(desk.database, account->id));
    SRASTA_STORE_ASSIGN(const bool admitted, is_admitted(desk, *account));
    SRASTA_STORE_ASSIGN(const access::PermissionSet held, permissions_of(desk, *account));
    Proof proof{.account = account, .method = "password"};
    // Another password since is as wrong as a wrong one.
    if (!right || !credential || credential->password != phc) proof.reason = "secret";
    if (proof.reason.empty() && !admitted) proof.reason = "disabled";
    const bool permitted = held.contains(access::Permission::ConsoleLogin);
    if (proof.reason.empty() && !permitted) proof.reason = "permission";
    if (!proof.reason.empty()) return proof;
    proof.outdated = crypto::is_outdated(phc);
    if (!credential->totp) return proof;
    SRASTA_STORE_ASSIGN(const base::Secret key,
                        parts_.box.open(*credential->totp, totp_purpose(account->id)));
    const auto step = identity::accept_totp(key.expose(), code, desk.now, credential->totp_step);
    proof.method = "password-totp";
    if (!step) proof.reason = "totp";
    if (step) SRASTA_STORE(note_totp(desk.database, account->id, *step));
    return proof;
  });
}

WebAnswer SignIn::refuse_login(Asked asked, std::string_view user, const Proof& proof) {
  const std::string source = access::source_network(asked.web.client);
  const auto failure = throttle_.failed(user, source, parts_.clock.mono());
  const Journal::Visitor visitor = proof.account ? visitor_of(*proof.account) : Journal::Visitor{};
  asked.journal.visit_refused(asked.request, visitor, Act::LoginFail, {.reason = proof.reason},
                              kLoginRoute);
  if (failure.locks) {
    asked.journal.visit_refused(asked.request, visitor, Act::LoginLock, {.reason = "locked"},
                                kLoginRoute);
  }
  const std::string return_to = safe_return(asked.form.get("return_to"));
  WebAnswer answer =
      coded(login_page_for(401, return_to, facts_of(ErrorCode::LoginFailed).message, user),
            ErrorCode::LoginFailed);
  answer.delay_s = failure.delay.count();
  return answer;
}

SignIn::Answering SignIn::enter(Asked asked, Proof proof, base::Secret password) {
  SRASTA_CHECK(proof.account, "whoever proved who he is has an account");
  const Account account = *std::move(proof.account);
  const auto recorded =
      co_await asked.journal.visited(asked.request, visitor_of(account), Act::LoginOk,
                                     audit::Durability::Must, {.method = proof.method});
  if (!recorded) co_return error_page(ErrorCode::AuditUnavailable);
  std::string phc;
  if (proof.outdated) {
    auto hashed = co_await hash(std::move(password));
    if (hashed) phc = *std::move(hashed);
  }
  const auto cookie = std::make_shared<const RandomSecret>(make_secret(parts_.entropy));
  const Session session{.id = base::make_ulid(parts_.clock.wall(), parts_.entropy),
                        .account = account.id,
                        .method = std::string(proof.method),
                        .signed_in = now(),
                        .used = now()};
  const crypto::Digest before = digest_of_secret(asked.web.session);
  const auto opened = co_await on_store([=](const Desk& desk) -> Answered<bool> {
    if (!phc.empty()) SRASTA_STORE(set_password(desk.database, account.id, phc, desk.now));
    // A session that was there before the sign-in may be known to somebody else.
    SRASTA_STORE(close_session(desk.database, before));
    SRASTA_STORE(open_session(desk.database, cookie->digest, session));
    return true;
  });
  if (!opened) co_return unavailable(opened.error());
  WebAnswer answer = redirect(safe_return(asked.form.get("return_to")));
  answer.with("Set-Cookie", session_field(asked.web.issuer, cookie->text.expose()));
  co_return answer;
}

SignIn::Answering SignIn::show_logout(Asked asked) {
  const auto known = co_await anybody(asked);
  if (!known) co_return without_session(known.error(), "/console/");
  co_return logout_page(service::csrf_token(asked.web.session));
}

SignIn::Answering SignIn::log_out(Asked asked) {
  const auto known = co_await anybody(asked);
  if (!known && !is_nobody(known.error())) co_return unavailable(known.error());
  WebAnswer answer = redirect("/auth/login");
  answer.with("Set-Cookie", session_field(asked.web.issuer, {}));
  if (!known) co_return answer;
  if (auto foreign = refuse_foreign(asked, *known)) co_return *std::move(foreign);
  const crypto::Digest digest = digest_of_secret(asked.web.session);
  const auto closed = co_await on_store([digest](const Desk& desk) -> Answered<bool> {
    SRASTA_STORE(close_session(desk.database, digest));
    return true;
  });
  if (!closed) co_return unavailable(closed.error());
  asked.journal.visit_ended(asked.request, visitor(known->account), Act::SessionClose,
                            {.reason = "signed_out", .issuer = issuer_of(*known)});
  co_return answer;
}

SignIn::Answering SignIn::show_session(Asked asked) {
  const auto known = co_await anybody(asked);
  if (!known && !is_nobody(known.error())) co_return unavailable(known.error());
  WebAnswer answer;
  answer.with("Content-Type", "application/json").with("Cache-Control", "no-store");
  json::Writer writer;
  writer.begin_object();
  if (!known) {
    writer.member("code", facts_of(ErrorCode::SessionExpired).name);
    answer.body = writer.end_object().take();
    co_return coded(std::move(answer), ErrorCode::SessionExpired);
  }
  const SignedIn& one = *known;
  if (one.session.guest) {
    writer.member("issuer", issuer_of(one));
    writer.member("subject", std::string_view(one.account.subject));
  } else {
    writer.member("user", std::string_view(one.account.id));
  }
  writer.member("name", std::string_view(one.account.name));
  writer.member("display_name", std::string_view(one.account.display));
  writer.member("tenant", std::string_view(one.account.tenant)).member("roles", one.roles);
  writer.member("signed_in", one.session.signed_in);
  writer.member("until", one.session.signed_in + rules_->sessions.longest);
  writer.member("csrf", service::csrf_token(asked.web.session)).end_object();
  answer.body = writer.take();
  co_return answer;
}

}  // namespace srasta::admin
