#include "admin/sign_in/answers.h"
#include "admin/sign_in/authorization_request.h"
#include "admin/sign_in/issuer_keys.h"
#include "admin/sign_in/on_store.h"
#include "admin/sign_in/pages.h"
#include "admin/sign_in/random_secret.h"
#include "admin/sign_in/sign_in.h"
#include "admin/sign_in/token_request.h"
#include "base/ulid.h"
#include "json/writer.h"

#include <algorithm>
#include <array>

// The endpoints that programs sign somebody in by.
namespace srasta::admin {
namespace {

using audit::Act;
using service::ErrorCode;
using service::Journal;
using service::WebAnswer;

struct OAuthError {
  std::string_view name;  ///< RFC 6749 section 5.2, RFC 8707
  ErrorCode code;
};
constexpr auto kErrors = std::to_array<OAuthError>({
    {"invalid_request", ErrorCode::InvalidParameter},
    {"invalid_client", ErrorCode::InvalidClient},
    {"invalid_grant", ErrorCode::InvalidGrant},
    {"invalid_scope", ErrorCode::InvalidScope},
    {"invalid_target", ErrorCode::InvalidTarget},
    {"unauthorized_client", ErrorCode::UnsupportedGrantType},
    {"unsupported_grant_type", ErrorCode::UnsupportedGrantType},
    {"redirect_uri_mismatch", ErrorCode::RedirectUriMismatch},
});

ErrorCode code_of(std::string_view error) {
  const auto* const row = std::ranges::find(kErrors, error, &OAuthError::name);
  return row == kErrors.end() ? ErrorCode::InvalidParameter : row->code;
}

WebAnswer json_answer(std::string body) {
  WebAnswer answer{.status = 200, .fields = {}, .body = std::move(body), .code = {}};
  answer.with("Content-Type", "application/json");
  return answer.with("Cache-Control", "no-store").with("Pragma", "no-cache");
}

WebAnswer token_error(std::string_view error) {
  const service::CodeFacts& facts = facts_of(code_of(error));
  json::Writer writer;
  writer.begin_object().member("error", error).member("error_description", facts.message);
  WebAnswer answer = coded(json_answer(writer.end_object().take()), code_of(error));
  if (answer.status == 401) answer.with("WWW-Authenticate", "Basic realm=\"srasta\"");
  return answer;
}

/// Without `prompt`, so that who has just signed in is not asked again.
std::string without_prompt(std::string_view query) {
  std::string out;
  while (!query.empty()) {
    const size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    if (!pair.starts_with("prompt=")) out += (out.empty() ? "" : "&") + std::string(pair);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
  }
  return out;
}

/// Whether the sign-in of now is good enough for what the client asks.
bool suffices(const AuthorizationRequest& request, const SignedIn& who, int64_t now) {
  const bool recent = !request.max_age || now - who.session.signed_in <= *request.max_age;
  return recent && !request.must_sign_in;
}

Journal::Visitor visitor_named(const std::string& account) {
  if (account.empty()) return {};
  return {.subject = account, .kind = audit::ActorKind::User};
}

}  // namespace

SignIn::Answering SignIn::authorize(Asked asked) {
  const std::string& issuer = asked.web.issuer;
  const auto judged = judge_authorization(asked.query, asked.web.query, issuer, *rules_);
  if (!judged) {
    const AuthorizationFault& fault = judged.error();
    asked.journal.visit_refused(asked.request, {}, Act::LoginFail, {.reason = fault.reason},
                                "/auth/authorize");
    if (!fault.to_client) co_return error_page(code_of(fault.error));
    co_return redirect(response_uri(fault.redirect_uri, "error", fault.error, fault.state, issuer));
  }
  const AuthorizationRequest& wanted = *judged;
  const auto known = co_await who(asked);
  if (!known && !is_nobody(known.error())) co_return unavailable(known.error());
  if (!known || !suffices(wanted, *known, now())) {
    if (wanted.must_not_ask) {
      co_return redirect(
          response_uri(wanted.redirect_uri, "error", "login_required", wanted.state, issuer));
    }
    const std::string back = "/auth/authorize?" + without_prompt(asked.web.query);
    co_return login_page_for(200, back);
  }
  const SignedIn& who = *known;
  const bool keeps = std::string_view(wanted.scope).contains("offline_access");
  const auto code = std::make_shared<const RandomSecret>(make_secret(parts_.entropy));
  NewCode made{
      .digest = code->digest,
      .grant = {.id = base::make_ulid(parts_.clock.wall(), parts_.entropy),
                .account = who.account.id,
                .client = wanted.client,
                .scope = wanted.scope,
                .resource = wanted.resource,
                .expires = now() + (keeps ? rules_->grant_seconds : rules_->token_seconds)},
      .redirect_uri = wanted.redirect_uri,
      .challenge = wanted.challenge,
      .nonce = wanted.nonce,
      .signed_in = who.session.signed_in};
  const auto stored =
      co_await on_store([made = std::move(made)](const Desk& desk) -> Answered<bool> {
        SRASTA_STORE(store_code(desk.database, made, desk.now));
        return true;
      });
  if (!stored) co_return unavailable(stored.error());
  co_return redirect(
      response_uri(wanted.redirect_uri, "code", code->text.expose(), wanted.state, issuer));
}

SignIn::Answering SignIn::issue_tokens(Asked asked) {
  constexpr std::string_view kRoute = "/auth/token";
  const auto decided = co_await on_store([asked, rules = rules_](const Desk& desk) {
    return decide_tokens(
        desk, *rules,
        {.form = asked.form, .authorization = asked.web.authorization, .issuer = asked.web.issuer});
  });
  if (!decided) co_return unavailable(decided.error());
  if (!*decided) {
    const TokenFault& fault = decided->error();
    asked.journal.visit_refused(asked.request, visitor_named(fault.account), Act::TokenIssue,
                                {.client = fault.client, .reason = fault.reason}, kRoute);
    if (fault.revoked) {
      asked.journal.visit_ended(asked.request, visitor_named(fault.account), Act::TokenRevoke,
                                {.client = fault.client, .reason = fault.reason});
    }
    co_return token_error(fault.error);
  }
  const Tokens& tokens = **decided;
  const auto recorded =
      co_await asked.journal.visited(asked.request, visitor_of(tokens.account), Act::TokenIssue,
                                     audit::Durability::Should, {.client = tokens.grant.client});
  if (!recorded) co_return error_page(ErrorCode::AuditUnavailable);
  auto made = co_await on_store([this, &tokens, issuer = asked.web.issuer,
                                 rules = rules_](const Desk& desk) -> Answered<std::string> {
    SRASTA_STORE_ASSIGN(const identity::Issuer signer,
                        signing_issuer(desk.database, parts_.box, issuer));
    return make_tokens(desk, *rules, signer, tokens, parts_.entropy);
  });
  if (!made) co_return unavailable(made.error());
  co_return json_answer(*std::move(made));
}

SignIn::Answering SignIn::revoke_token(Asked asked) {
  const auto revoked = co_await on_store([asked, rules = rules_](const Desk& desk) {
    return revoke_by_client(
        desk, *rules,
        {.form = asked.form, .authorization = asked.web.authorization, .issuer = asked.web.issuer});
  });
  if (!revoked) co_return unavailable(revoked.error());
  if (!*revoked) {
    const TokenFault& fault = revoked->error();
    asked.journal.visit_refused(asked.request, {}, Act::TokenIssue,
                                {.client = fault.client, .reason = fault.reason}, "/auth/revoke");
    co_return token_error(fault.error);
  }
  if (const auto& taken = **revoked) {
    asked.journal.visit_ended(asked.request, visitor_named(taken->account), Act::TokenRevoke,
                              {.client = taken->client});
  }
  co_return json_answer("{}");
}

}  // namespace srasta::admin
