#include "admin/sign_in/token_request.h"

#include "admin/sign_in/authorization_request.h"
#include "admin/sign_in/credentials.h"
#include "admin/sign_in/login_accounts.h"
#include "admin/sign_in/random_secret.h"
#include "base/encoding.h"
#include "base/ulid.h"
#include "identity/pkce.h"
#include "json/writer.h"

#include <algorithm>

namespace srasta::admin {
namespace {

/// A program that proved who it is: a client of the configuration, or a service account.
struct Program {
  std::string id;
  std::optional<Account> account;
};

template <typename T>
using Decided = std::expected<T, TokenFault>;

std::unexpected<TokenFault> deny(std::string_view error, std::string_view reason,
                                 std::string client = {}, std::string account = {}) {
  return std::unexpected(TokenFault{.error = error,
                                    .reason = reason,
                                    .client = std::move(client),
                                    .account = std::move(account)});
}

/// The id and the secret that a request shows; the secret is empty when there is none.
std::optional<std::pair<std::string, std::string>> shown_by(const TokenRequest& request) {
  if (request.authorization.empty()) {
    return std::pair(std::string(request.form.get("client_id")),
                     std::string(request.form.get("client_secret")));
  }
  // One way at a time (RFC 6749 section 2.3).
  if (request.form.has("client_secret")) return std::nullopt;
  return basic_credentials(request.authorization);
}

Answered<Decided<Program>> program_of(const Desk& desk, const SignInRules& rules,
                                      const TokenRequest& request) {
  const auto shown = shown_by(request);
  const auto refused = [] { return Decided<Program>(deny("invalid_client", "client_auth")); };
  if (!shown || shown->first.empty()) return refused();
  const auto& [id, secret] = *shown;
  const crypto::Digest digest = digest_of_secret(secret);
  if (const auto client = rules.clients.find(id); client != rules.clients.end()) {
    const auto& wanted = client->second.secret;
    const bool proved =
        wanted ? base::equal_constant_time(crypto::bytes_of(*wanted), crypto::bytes_of(digest))
               : secret.empty();
    if (!proved) return refused();
    return Decided<Program>(Program{.id = id, .account = std::nullopt});
  }
  SRASTA_STORE_ASSIGN(std::optional<Account> account, find_account(desk.database, id));
  SRASTA_STORE_ASSIGN(const bool proved, is_client_secret(desk.database, id, digest));
  if (!account || !account->machine || !proved) return refused();
  SRASTA_STORE_ASSIGN(const bool admitted, is_admitted(desk, *account));
  if (!admitted) return Decided<Program>(deny("invalid_client", "disabled", id, id));
  return Decided<Program>(Program{.id = id, .account = std::move(account)});
}

/// Whose grant it is, if he may still sign in.
Answered<Decided<Account>> holder_of(const Desk& desk, const Grant& grant) {
  SRASTA_STORE_ASSIGN(std::optional<Account> account, find_account(desk.database, grant.account));
  bool admitted = false;
  if (account) {
    SRASTA_STORE_ASSIGN(admitted, is_admitted(desk, *account));
  }
  if (!admitted) {
    return Decided<Account>(deny("invalid_grant", "disabled", grant.client, grant.account));
  }
  return Decided<Account>(*std::move(account));
}

bool has_word(std::string_view scope, std::string_view word) {
  const auto words = scope_words(scope);
  return words && std::ranges::find(*words, word) != words->end();
}

/// Whether every word of `wanted` is one of `granted`.
bool is_within(std::string_view wanted, std::string_view granted) {
  const auto words = scope_words(wanted);
  return words && std::ranges::all_of(
                      *words, [&](const std::string& word) { return has_word(granted, word); });
}

Answered<TokenDecision> redeem_code(const Desk& desk, const TokenRequest& request,
                                    const Program& program) {
  const crypto::Digest digest = digest_of_secret(request.form.get("code"));
  SRASTA_STORE_ASSIGN(const std::optional<Code> code, find_code(desk.database, digest, desk.now));
  if (!code) return TokenDecision(deny("invalid_grant", "unknown_id", program.id));
  const Grant& grant = code->grant;
  if (code->used) {
    SRASTA_STORE(revoke_grant(desk.database, grant.id, desk.now));
    return TokenDecision(std::unexpected(TokenFault{.error = "invalid_grant",
                                                    .reason = "code_replay",
                                                    .client = program.id,
                                                    .account = grant.account,
                                                    .revoked = true}));
  }
  // Whatever comes of it, a code that was shown is not shown again.
  SRASTA_STORE(use_code(desk.database, digest, desk.now));
  const bool bound = grant.client == program.id &&
                     code->redirect_uri == request.form.get("redirect_uri") && !code->dead;
  if (!bound)
    return TokenDecision(deny("invalid_grant", "code_binding", program.id, grant.account));
  if (!identity::proves_pkce(request.form.get("code_verifier"), code->challenge)) {
    return TokenDecision(deny("invalid_grant", "pkce", program.id, grant.account));
  }
  const std::string_view resource = request.form.get("resource");
  if (!resource.empty() && resource != grant.resource) {
    return TokenDecision(deny("invalid_target", "resource", program.id, grant.account));
  }
  SRASTA_ANSWER_ASSIGN(Decided<Account> account, holder_of(desk, grant));
  if (!account) return TokenDecision(std::unexpected(account.error()));
  return TokenDecision(Tokens{.account = *std::move(account),
                              .grant = grant,
                              .scope = grant.scope,
                              .nonce = code->nonce,
                              .signed_in = code->signed_in,
                              .with_refresh = has_word(grant.scope, "offline_access")});
}

Answered<TokenDecision> redeem_refresh(const Desk& desk, const TokenRequest& request,
                                       const Program& program) {
  const crypto::Digest digest = digest_of_secret(request.form.get("refresh_token"));
  SRASTA_STORE_ASSIGN(const std::optional<Refresh> refresh,
                      find_refresh(desk.database, digest, desk.now));
  if (!refresh || refresh->grant.client != program.id) {
    return TokenDecision(deny("invalid_grant", "refresh", program.id));
  }
  const Grant& grant = refresh->grant;
  if (refresh->used && !refresh->dead) {
    SRASTA_STORE(revoke_grant(desk.database, grant.id, desk.now));
    return TokenDecision(std::unexpected(TokenFault{.error = "invalid_grant",
                                                    .reason = "refresh_reuse",
                                                    .client = program.id,
                                                    .account = grant.account,
                                                    .revoked = true}));
  }
  if (refresh->dead) {
    return TokenDecision(deny("invalid_grant", "refresh", program.id, grant.account));
  }
  const std::string_view scope = request.form.get("scope");
  if (!scope.empty() && !is_within(scope, grant.scope)) {
    return TokenDecision(deny("invalid_scope", "scope", program.id, grant.account));
  }
  const std::string_view resource = request.form.get("resource");
  if (!resource.empty() && resource != grant.resource) {
    return TokenDecision(deny("invalid_target", "resource", program.id, grant.account));
  }
  SRASTA_ANSWER_ASSIGN(Decided<Account> account, holder_of(desk, grant));
  if (!account) return TokenDecision(std::unexpected(account.error()));
  SRASTA_STORE(use_refresh(desk.database, digest, desk.now));
  return TokenDecision(Tokens{.account = *std::move(account),
                              .grant = grant,
                              .scope = scope.empty() ? grant.scope : std::string(scope),
                              .with_refresh = true});
}

/// A service account asks for itself. It is told when it asks for more than it has.
Answered<TokenDecision> act_for_itself(const Desk& desk, const TokenRequest& request,
                                       const Program& program) {
  if (!program.account) {
    return TokenDecision(deny("unauthorized_client", "grant_type", program.id));
  }
  const auto words = scope_words(request.form.get("scope"));
  const auto wanted = words ? access::parse_scopes(*words) : std::nullopt;
  SRASTA_STORE_ASSIGN(const access::PermissionSet held, permissions_of(desk, *program.account));
  const bool only_ours = words && std::ranges::all_of(*words, [](const std::string& word) {
                           return word.starts_with(access::kScopePrefix);
                         });
  if (!only_ours || (wanted && !(*wanted - held).empty())) {
    return TokenDecision(deny("invalid_scope", "scope", program.id, program.id));
  }
  const std::string resource(request.form.get("resource"));
  if (!resource.empty() && !is_own_resource(resource, request.issuer)) {
    return TokenDecision(deny("invalid_target", "resource", program.id, program.id));
  }
  const std::string scope(request.form.get("scope"));
  return TokenDecision(Tokens{
      .account = *program.account,
      .grant = {.account = program.id, .client = program.id, .scope = scope, .resource = resource},
      .scope = scope,
      .for_itself = true});
}

base::Result<std::string> access_token(const Desk& desk, const SignInRules& rules,
                                       const identity::Issuer& issuer, const Tokens& tokens,
                                       base::Entropy& entropy) {
  SRASTA_TRY_ASSIGN(const auto names, roles_of(desk.database, tokens.account.id));
  std::vector<base::RoleName> roles;
  for (const std::string& name : names) roles.emplace_back(name);
  const base::WallTime now{base::Seconds(desk.now)};
  return issuer.make_token({.subject = tokens.account.subject,
                            .tenant = base::TenantId(tokens.account.tenant),
                            .roles = std::move(roles),
                            .issued_at = now,
                            .lifetime = base::Seconds(rules.token_seconds),
                            .token_id = base::make_ulid(now, entropy),
                            .client = tokens.grant.client,
                            .scope = tokens.scope,
                            .resource = tokens.grant.resource,
                            .for_itself = tokens.for_itself});
}

}  // namespace

Answered<TokenDecision> decide_tokens(const Desk& desk, const SignInRules& rules,
                                      const TokenRequest& request) {
  if (!request.form.good()) return TokenDecision(deny("invalid_request", "invalid_value"));
  SRASTA_ANSWER_ASSIGN(const Decided<Program> program, program_of(desk, rules, request));
  if (!program) return TokenDecision(std::unexpected(program.error()));
  const std::string_view type = request.form.get("grant_type");
  if (type == "client_credentials") return act_for_itself(desk, request, *program);
  if (program->account) {
    return TokenDecision(deny("unauthorized_client", "grant_type", program->id));
  }
  if (type == "authorization_code") return redeem_code(desk, request, *program);
  if (type == "refresh_token") return redeem_refresh(desk, request, *program);
  return TokenDecision(deny("unsupported_grant_type", "grant_type", program->id));
}

Answered<std::string> make_tokens(const Desk& desk, const SignInRules& rules,
                                  const identity::Issuer& issuer, const Tokens& tokens,
                                  base::Entropy& entropy) {
  SRASTA_STORE_ASSIGN(const std::string token, access_token(desk, rules, issuer, tokens, entropy));
  json::Writer writer;
  writer.begin_object().member("access_token", std::string_view(token));
  writer.member("token_type", "Bearer").member("expires_in", rules.token_seconds);
  writer.member("scope", std::string_view(tokens.scope));
  if (tokens.with_refresh) {
    const RandomSecret refresh = make_secret(entropy);
    SRASTA_STORE(store_refresh(desk.database, tokens.grant.id, refresh.digest, desk.now));
    writer.member("refresh_token", refresh.text.expose());
  }
  // With a code only: a refresh tells nothing new about who signed in.
  if (tokens.signed_in != 0 && has_word(tokens.scope, "openid")) {
    const base::WallTime now{base::Seconds(desk.now)};
    SRASTA_STORE_ASSIGN(
        const std::string id_token,
        issuer.make_id_token({.subject = tokens.account.subject,
                              .client = tokens.grant.client,
                              .tenant = base::TenantId(tokens.account.tenant),
                              .name = tokens.account.name,
                              .nonce = tokens.nonce,
                              .signed_in_at = base::WallTime(base::Seconds(tokens.signed_in)),
                              .issued_at = now}));
    writer.member("id_token", std::string_view(id_token));
  }
  return writer.end_object().take();
}

Answered<std::expected<std::optional<Revoked>, TokenFault>> revoke_by_client(
    const Desk& desk, const SignInRules& rules, const TokenRequest& request) {
  using Outcome = std::expected<std::optional<Revoked>, TokenFault>;
  if (!request.form.good()) return Outcome(deny("invalid_request", "invalid_value"));
  SRASTA_ANSWER_ASSIGN(const Decided<Program> program, program_of(desk, rules, request));
  if (!program) return Outcome(std::unexpected(program.error()));
  const crypto::Digest digest = digest_of_secret(request.form.get("token"));
  SRASTA_STORE_ASSIGN(const std::optional<Refresh> refresh,
                      find_refresh(desk.database, digest, desk.now));
  // An unknown token is as good as revoked (RFC 7009 section 2.2).
  if (!refresh || refresh->grant.client != program->id || refresh->dead) {
    return Outcome(std::optional<Revoked>());
  }
  SRASTA_STORE(revoke_grant(desk.database, refresh->grant.id, desk.now));
  return Outcome(Revoked{.client = program->id, .account = refresh->grant.account});
}

}  // namespace srasta::admin
