#include "admin/sign_in/authorization_request.h"

#include "access/permission.h"
#include "base/encoding.h"
#include "identity/issuer.h"
#include "identity/pkce.h"

#include <algorithm>

#include <fmt/format.h>

namespace srasta::admin {
namespace {

constexpr size_t kLongestState = 2048;
constexpr size_t kLongestNonce = 256;

size_t times_in(std::string_view query, std::string_view name) {
  size_t count = 0;
  while (!query.empty()) {
    const size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    if (pair.starts_with(name) && pair.substr(name.size()).starts_with('=')) ++count;
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
  }
  return count;
}

bool is_known_scope(std::string_view word) {
  if (word.starts_with(access::kScopePrefix)) {
    return access::parse_grant(word.substr(access::kScopePrefix.size())).has_value();
  }
  return std::ranges::find(identity::kIssuerScopes, word) != identity::kIssuerScopes.end();
}

/// What is wrong although client and address are good.
struct Mistake {
  std::string_view error;
  std::string_view reason;
};

std::optional<Mistake> mistake_in(const Form& form, std::string_view issuer) {
  if (form.get("response_type") != "code") {
    return Mistake{"unsupported_response_type", "response_type"};
  }
  if (form.has("response_mode") && form.get("response_mode") != "query") {
    return Mistake{"invalid_request", "response_type"};
  }
  const bool has_proof = form.get("code_challenge_method") == "S256" &&
                         identity::is_pkce_challenge(form.get("code_challenge"));
  if (!has_proof) return Mistake{"invalid_request", "pkce"};
  if (!scope_words(form.get("scope"))) return Mistake{"invalid_scope", "scope"};
  const std::string_view resource = form.get("resource");
  if (!resource.empty() && !is_own_resource(resource, issuer)) {
    return Mistake{"invalid_target", "resource"};
  }
  const std::string_view prompt = form.get("prompt");
  const bool known_prompt = prompt.empty() || prompt == "none" || prompt == "login";
  const bool good_age = !form.has("max_age") || base::parse_u64(form.get("max_age"));
  if (!known_prompt || !good_age || form.get("nonce").size() > kLongestNonce) {
    return Mistake{"invalid_request", "invalid_value"};
  }
  return std::nullopt;
}

std::string joined_scope(std::string_view scope) {
  std::string text;
  for (const std::string& word : scope_words(scope).value_or(std::vector<std::string>())) {
    text += (text.empty() ? "" : " ") + word;
  }
  return text;
}

}  // namespace

std::optional<std::vector<std::string>> scope_words(std::string_view scope) {
  std::vector<std::string> words;
  while (!scope.empty()) {
    const size_t end = scope.find(' ');
    const std::string_view word = scope.substr(0, end);
    scope.remove_prefix(end == std::string_view::npos ? scope.size() : end + 1);
    if (word.empty()) continue;
    if (!is_known_scope(word)) return std::nullopt;
    if (std::ranges::find(words, word) == words.end()) words.emplace_back(word);
  }
  return words;
}

bool is_own_resource(std::string_view resource, std::string_view issuer) {
  if (!resource.starts_with(issuer) || resource.contains('#') || resource.size() > 256) {
    return false;
  }
  const std::string_view rest = resource.substr(issuer.size());
  return rest.empty() || rest.starts_with('/');
}

std::expected<AuthorizationRequest, AuthorizationFault> judge_authorization(
    const Form& form, std::string_view query, std::string_view issuer, const SignInRules& rules) {
  const auto on_page = [](std::string_view code, std::string_view reason) {
    return std::unexpected(AuthorizationFault{.error = code, .reason = reason});
  };
  if (times_in(query, "redirect_uri") > 1) return on_page("redirect_uri_mismatch", "redirect_uri");
  if (!form.good()) return on_page("invalid_request", "invalid_value");
  const auto client = rules.clients.find(form.get("client_id"));
  if (client == rules.clients.end()) return on_page("invalid_client", "client_auth");
  const std::string redirect_uri(form.get("redirect_uri"));
  if (!client->second.may_redirect_to(redirect_uri)) {
    return on_page("redirect_uri_mismatch", "redirect_uri");
  }
  const std::string state(form.get("state"));
  if (state.size() > kLongestState) return on_page("invalid_request", "invalid_value");
  if (const auto mistake = mistake_in(form, issuer)) {
    return std::unexpected(AuthorizationFault{.error = mistake->error,
                                              .reason = mistake->reason,
                                              .to_client = true,
                                              .client = client->first,
                                              .redirect_uri = redirect_uri,
                                              .state = state});
  }
  AuthorizationRequest request{.client = client->first,
                               .redirect_uri = redirect_uri,
                               .state = state,
                               .scope = joined_scope(form.get("scope")),
                               .resource = std::string(form.get("resource")),
                               .challenge = std::string(form.get("code_challenge")),
                               .nonce = std::string(form.get("nonce")),
                               .max_age = std::nullopt,
                               .must_sign_in = form.get("prompt") == "login",
                               .must_not_ask = form.get("prompt") == "none"};
  if (const auto age = base::parse_u64(form.get("max_age"))) {
    request.max_age = static_cast<int64_t>(std::min<uint64_t>(*age, 1U << 30U));
  }
  return request;
}

std::string response_uri(std::string_view redirect_uri, std::string_view name,
                         std::string_view value, std::string_view state, std::string_view issuer) {
  std::string uri(redirect_uri);
  uri += redirect_uri.contains('?') ? '&' : '?';
  uri += fmt::format("{}={}", name, query_encoded(value));
  if (!state.empty()) uri += "&state=" + query_encoded(state);
  return uri + "&iss=" + query_encoded(issuer);
}

std::string_view origin_of(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  return url.substr(0, url.find_first_of("/?#", scheme + 3));
}

}  // namespace srasta::admin
