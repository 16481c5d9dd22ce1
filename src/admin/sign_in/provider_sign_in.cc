#include "access/source_limits.h"
#include "access/standing.h"
#include "admin/sign_in/answers.h"
#include "admin/sign_in/on_store.h"
#include "admin/sign_in/pages.h"
#include "admin/sign_in/random_secret.h"
#include "admin/sign_in/sign_in.h"
#include "base/encoding.h"
#include "base/ulid.h"
#include "identity/authenticator.h"
#include "identity/id_token.h"
#include "identity/mapping_json.h"
#include "identity/pkce.h"

#include <algorithm>
#include <array>

// The sign-in at another provider, whose client this platform is: authorization code with PKCE
// (OpenID Connect Core section 3.1, RFC 9700).
namespace srasta::admin {
namespace {

using audit::Act;
using service::ErrorCode;
using service::Journal;
using service::WebAnswer;

constexpr std::string_view kBegin = "/auth/external";
constexpr std::string_view kCallback = "/auth/callback";
constexpr std::string_view kUnreachable = "provider_unreachable";
constexpr size_t kMostAnswerBytes = size_t{1} << 20;
constexpr base::Seconds kExchangeTime{5};
constexpr base::Seconds kLongestWaitForKeys{3};
constexpr size_t kLongestName = 128;

std::string_view reason_of(identity::TokenFault fault) {
  return to_string(fault);
}

/// What to tell whoever comes back and is not let in. Which of a token's claims was wrong is for
/// the audit log.
std::string_view explained(std::string_view reason) {
  struct Row {
    std::string_view reason;
    std::string_view text;
  };
  constexpr std::string_view kNoPlace =
      "The provider knows you, but you have no place here yet. Ask an administrator.";
  static constexpr auto kRows = std::to_array<Row>({
      {"state",
       "This sign-in was finished already, is older than ten minutes, or began in another browser. "
       "Start again."},
      {"provider_refused", "The provider did not sign you in. Start again, or ask there."},
      {kUnreachable, "The provider does not answer as it should. Try again in a moment."},
      {"redirect", "The provider does not answer as it should. Try again in a moment."},
      {"tls", "The provider cannot be reached securely. Ask an administrator."},
      {"no_tenant", kNoPlace},
      {"tenant_unmapped", kNoPlace},
      {"tenant_ambiguous", kNoPlace},
      {"no_role", kNoPlace},
      {"groups_overage", kNoPlace},
      {"permission", kNoPlace},
      {"disabled", kNoPlace},
  });
  const auto* const row = std::ranges::find(kRows, reason, &Row::reason);
  return row == kRows.end() ? "What the provider said of you cannot be accepted here. Start again; "
                              "if it happens again, ask an administrator."
                            : row->text;
}

/// Whether a failure counts for the source. One of the provider, or of this platform, is nobody's
/// guess.
bool is_guess(std::string_view reason) {
  static constexpr std::array<std::string_view, 7> kOfOthers = {
      kUnreachable, "redirect",     "tls",        "keys_unavailable",
      "keys_stale", "access_stale", "unknown_kid"};
  return std::ranges::find(kOfOthers, reason) == kOfOthers.end();
}

/// What to call somebody, for his own eyes.
std::string name_in(json::Value claims, const std::string& subject) {
  for (const std::string_view member : {"name", "preferred_username", "email"}) {
    const auto claim = claims.find(member);
    const auto text = claim ? claim->string() : std::nullopt;
    if (!text || text->empty() || text->size() > kLongestName) continue;
    if (!identity::has_control_characters(*text)) return std::string(*text);
  }
  return subject;
}

/// Whether this browser began it.
bool is_own(const service::WebRequest& web, const PendingSignIn& begun) {
  return !web.sign_in.empty() &&
         base::equal_constant_time(crypto::bytes_of(digest_of_secret(web.sign_in)),
                                   crypto::bytes_of(begun.browser));
}

/// Why whoever has these claims may not sign in; empty: he may.
std::string_view barrier(const identity::Mapping& mapping, const Provider& provider,
                         const access::AccessSnapshot& rules) {
  if (!mapping.delegates.empty()) return reason_of(identity::TokenFault::Delegation);
  if (mapping.machine) return "permission";
  const auto standing = access::standing_of(
      identity::facts_of(mapping, provider.issuer(), provider.mapping.rules().roles.claims), rules,
      {});
  if (!standing) return reason_of(identity::fault_of(standing.error()));
  return standing->permissions.contains(access::Permission::ConsoleLogin) ? "" : "permission";
}

}  // namespace

SignIn::Answering SignIn::go_to_provider(Asked asked) {
  if (!is_from_own_page(asked.web)) {
    asked.journal.visit_refused(asked.request, {}, Act::AuthzDeny, {.reason = "csrf"}, kBegin);
    co_return error_page(ErrorCode::CsrfFailed);
  }
  const auto provider = providers_.find(asked.form.get("issuer"));
  if (!provider) co_return error_page(ErrorCode::NotFound);
  const std::string endpoint = provider->authorization_endpoint();
  if (endpoint.empty() || provider->watch.state().keys == nullptr) {
    asked.journal.visit_refused(asked.request, {}, Act::LoginFail,
                                {.reason = kUnreachable, .issuer = provider->issuer()}, kBegin);
    co_return coded(
        notice_page(503, {.title = "The provider does not answer",
                          .text = "Try again in a moment. Whoever has a password of this platform "
                                  "signs in with it as always.",
                          .next = "/auth/login",
                          .next_text = "Back"}),
        ErrorCode::IdentityUnavailable);
  }
  const RandomSecret state = make_secret(parts_.entropy);
  const RandomSecret nonce = make_secret(parts_.entropy);
  const RandomSecret browser = make_secret(parts_.entropy);
  RandomSecret verifier = make_secret(parts_.entropy);
  const std::string redirect_uri = asked.web.issuer + std::string(kCallback);
  WebAnswer answer =
      redirect(authorization_url({.endpoint = endpoint,
                                  .client = provider->rule.issuer.sign_in.client_id,
                                  .redirect_uri = redirect_uri,
                                  .scopes = provider->rule.issuer.sign_in.scopes,
                                  .state = state.text.expose(),
                                  .nonce = nonce.text.expose(),
                                  .challenge = identity::pkce_challenge(verifier.text.expose())}));
  answer.status = 303;
  answer.with("Set-Cookie", sign_in_field(asked.web.issuer, browser.text.expose()));
  pending_.keep(state.digest, access::source_network(asked.web.client),
                {.issuer = provider->issuer(),
                 .redirect_uri = redirect_uri,
                 .nonce = std::string(nonce.text.expose()),
                 .verifier = std::move(verifier.text),
                 .browser = browser.digest,
                 .session_before = digest_of_secret(asked.web.session),
                 .return_to = safe_return(asked.form.get("return_to"))},
                parts_.clock.mono());
  co_return answer;
}

SignIn::Answering SignIn::come_back(Asked asked) {
  const std::string source = access::source_network(asked.web.client);
  if (const auto left = throttle_.source_locked(source, parts_.clock.mono())) {
    asked.journal.visit_refused(asked.request, {}, Act::LimitHit, {.reason = "locked"}, kCallback);
    WebAnswer answer = error_page(ErrorCode::LoginLocked);
    answer.with("Retry-After", std::to_string(left->count()));
    co_return answer;
  }
  // The state is spent before anything else is looked at.
  auto begun = pending_.take(digest_of_secret(asked.query.get("state")), parts_.clock.mono());
  if (!begun || !is_own(asked.web, *begun)) {
    // The cookie stays: whoever made this browser come here may not end what it has under way.
    co_return refuse_guest(asked, {.reason = "state"}, begun ? begun->issuer : "");
  }
  const std::string issuer = begun->issuer;
  const Back back{.provider = providers_.find(issuer), .begun = *std::move(begun)};
  auto guest = co_await prove_at_provider(back, asked.query);
  WebAnswer answer;
  if (guest) {
    answer = co_await enter_guest(asked, back, *std::move(guest));
  } else {
    answer = refuse_guest(asked, guest.error(), issuer);
  }
  answer.with("Set-Cookie", sign_in_field(asked.web.issuer, {}));
  co_return answer;
}

net::Task<SignIn::Proved<Guest>> SignIn::prove_at_provider(const Back& back, const Form& query) {
  // The provider may be none any more since the browser was sent there.
  if (!back.provider) co_return std::unexpected(Refused{reason_of(identity::TokenFault::Iss)});
  const identity::Discovery* const known = back.provider->watch.discovery();
  auto code = code_in(query, back.begun.issuer, known != nullptr && known->names_itself);
  if (!code) co_return std::unexpected(Refused{code.error()});
  auto tokens = co_await redeem(back, *std::move(code));
  if (!tokens) co_return std::unexpected(std::move(tokens).error());
  auto claims = co_await verify(back, *tokens);
  if (!claims) co_return std::unexpected(std::move(claims).error());
  co_return co_await admit(back, *std::move(claims));
}

net::Task<SignIn::Proved<ProviderTokens>> SignIn::redeem(const Back& back, std::string code) {
  const Provider& provider = *back.provider;
  const identity::Discovery* const known = provider.watch.discovery();
  const std::string endpoint = known == nullptr ? std::string() : known->token_endpoint;
  const size_t query = std::min(endpoint.find('?'), endpoint.size());
  const auto url = http::parse_url(endpoint.substr(0, query));
  if (!url) co_return std::unexpected(Refused{kUnreachable});
  const std::shared_ptr<const base::Secret> secret = provider.rule.secret;
  const TokenPost post = token_post({.client = provider.rule.issuer.sign_in.client_id,
                                     .secret = secret ? secret->expose() : std::string_view(),
                                     .secret_in_body = known->secret_in_body,
                                     .code = code,
                                     .redirect_uri = back.begun.redirect_uri,
                                     .verifier = back.begun.verifier.expose()});
  net::HttpClientPool pool(parts_.loop, resolving_, provider.watch.reach(*url));
  net::Scope scope(parts_.loop, parts_.loop.now() + kExchangeTime);
  net::SimpleRequest request{.method = "POST",
                             .path = (url->path.empty() ? "/" : url->path) + endpoint.substr(query),
                             .fields = {},
                             .body = std::string(post.form.expose()),
                             .secret_fields = post.fields.expose()};
  net::SimpleAnswer answer =
      co_await net::http_exchange(pool, std::move(request), kMostAnswerBytes, scope);
  auto tokens = read_tokens(answer);
  base::wipe(answer.body);
  if (tokens) co_return *std::move(tokens);
  const identity::TokenFault fault = service::IssuerWatch::fault_of(answer);
  const bool is_named =
      fault == identity::TokenFault::Redirect || fault == identity::TokenFault::Tls;
  const std::string_view reason = is_named ? reason_of(fault) : tokens.error();
  parts_.log.warn("a provider gave no tokens", {{"issuer", std::string_view(provider.issuer())},
                                                {"reason", reason},
                                                {"status", int64_t{answer.status}},
                                                {"fault", to_string(answer.fault)}});
  co_return std::unexpected(Refused{reason});
}

net::Task<SignIn::Proved<identity::Claims>> SignIn::verify(const Back& back,
                                                           const ProviderTokens& tokens) {
  Provider& provider = *back.provider;
  const auto check = [&]() -> std::expected<identity::Claims, identity::TokenFault> {
    const identity::KeySource::State state = provider.watch.state();
    if (!state.keys) return std::unexpected(state.unavailable);
    const config::Issuer& issuer = provider.rule.issuer;
    return identity::verify_id_token(
        {.id_token = tokens.id_token.expose(), .access_token = tokens.access_token.expose()},
        *state.keys, issuer.algorithms,
        {.issuer = issuer.url, .client = issuer.sign_in.client_id, .nonce = back.begun.nonce},
        parts_.clock.wall());
  };
  auto claims = check();
  if (!claims && claims.error() == identity::TokenFault::UnknownKid &&
      provider.watch.refresh_for_unknown_key().wait) {
    // The provider may sign with a newer key than those that were fetched last.
    net::Scope scope(parts_.loop, parts_.loop.now() + kLongestWaitForKeys);
    const auto signal = provider.waiting.emplace(provider.waiting.end());
    (void)co_await signal->wait(scope, scope.deadline());
    provider.waiting.erase(signal);
    claims = check();
  }
  if (claims) co_return *std::move(claims);
  co_return std::unexpected(Refused{reason_of(claims.error())});
}

net::Task<SignIn::Proved<Guest>> SignIn::admit(const Back& back, identity::Claims claims) {
  const Provider& provider = *back.provider;
  const auto mapped = provider.mapping.apply(claims.payload.root());
  if (!mapped) co_return std::unexpected(Refused{reason_of(mapped.error().fault)});
  Guest guest{.issuer = provider.issuer(),
              .tenant = mapped->tenant.str(),
              .subject = mapped->subject,
              .name = name_in(claims.payload.root(), mapped->subject),
              .mapping = to_json(*mapped)};
  const auto rules =
      co_await on_pool(parts_.loop, parts_.store, [this] { return parts_.registry.in_force(); });
  if (!rules) co_return std::unexpected(Refused{reason_of(identity::TokenFault::AccessStale)});
  const std::string_view barred = barrier(*mapped, provider, **rules);
  if (barred.empty()) co_return guest;
  // Somebody without a place here is nobody of that tenant.
  if (barred == reason_of(identity::TokenFault::TenantUnmapped)) guest = {};
  co_return std::unexpected(Refused{barred, std::move(guest)});
}

SignIn::Answering SignIn::enter_guest(Asked asked, const Back& back, Guest guest) {
  const Account named{.tenant = guest.tenant, .issuer = guest.issuer, .subject = guest.subject};
  const auto recorded = co_await asked.journal.visited(
      asked.request, visitor(named), Act::LoginOk, audit::Durability::Must,
      {.method = "provider", .issuer = named.issuer});
  if (!recorded) co_return error_page(ErrorCode::AuditUnavailable);
  const auto cookie = std::make_shared<const RandomSecret>(make_secret(parts_.entropy));
  const Session session{.id = base::make_ulid(parts_.clock.wall(), parts_.entropy),
                        .account = {},
                        .guest = std::move(guest),
                        .method = "provider",
                        .signed_in = now(),
                        .used = now()};
  // The browser comes from another site, so it shows no session of its own.
  const crypto::Digest before = back.begun.session_before;
  const auto opened = co_await on_store([=](const Desk& desk) -> Answered<bool> {
    SRASTA_STORE(close_session(desk.database, before));
    SRASTA_STORE(open_session(desk.database, cookie->digest, session));
    return true;
  });
  if (!opened) co_return unavailable(opened.error());
  WebAnswer answer = onward_page(back.begun.return_to);
  answer.with("Set-Cookie", session_field(asked.web.issuer, cookie->text.expose()));
  co_return answer;
}

WebAnswer SignIn::refuse_guest(Asked asked, const Refused& refused, std::string_view issuer) {
  if (is_guess(refused.reason)) {
    throttle_.source_failed(access::source_network(asked.web.client), parts_.clock.mono());
  }
  const Guest& guest = refused.guest;
  const Account named{.tenant = guest.tenant, .issuer = guest.issuer, .subject = guest.subject};
  asked.journal.visit_refused(
      asked.request, guest.subject.empty() ? Journal::Visitor{} : visitor(named), Act::LoginFail,
      {.reason = refused.reason, .issuer = issuer}, kCallback);
  WebAnswer answer = coded(notice_page(400, {.title = "Not signed in",
                                             .text = explained(refused.reason),
                                             .next = "/auth/login",
                                             .next_text = "Start again"}),
                           ErrorCode::LoginFailed);
  answer.status = 400;
  return answer;
}

}  // namespace srasta::admin
