#include "admin/sign_in/provider_request.h"

#include "base/encoding.h"
#include "identity/fault.h"
#include "json/document.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace srasta::admin {
namespace {

constexpr std::string_view kRefused = "provider_refused";
constexpr std::string_view kNoAnswer = "provider_unreachable";

std::string encoded(
    std::initializer_list<std::pair<std::string_view, std::string_view>> parameters) {
  std::string out;
  for (const auto& [name, value] : parameters) {
    if (!out.empty()) out += '&';
    out.append(name).append("=").append(query_encoded(value));
  }
  return out;
}

/// RFC 7617; base64 of RFC 4648 section 4.
std::string basic(std::string_view client, std::string_view secret) {
  std::string text = base::to_base64url(query_encoded(client) + ":" + query_encoded(secret));
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  while (text.size() % 4 != 0) text += '=';
  return text;
}

bool is_json(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ') || type.ends_with('\t')) type.remove_suffix(1);
  return base::equal_ignoring_case(type, "application/json");
}

std::string_view text_in(json::Value document, std::string_view name) {
  const auto member = document.find(name);
  return member ? member->string().value_or("") : std::string_view();
}

}  // namespace

std::string authorization_url(const AuthorizationAsk& ask) {
  const std::string scope = fmt::format("{}", fmt::join(ask.scopes, " "));
  // The endpoint may have a query of its own (RFC 6749 section 3.1).
  const char separator = ask.endpoint.find('?') == std::string_view::npos ? '?' : '&';
  return std::string(ask.endpoint) + separator +
         encoded({{"response_type", "code"},
                  {"client_id", ask.client},
                  {"redirect_uri", ask.redirect_uri},
                  {"scope", scope},
                  {"state", ask.state},
                  {"nonce", ask.nonce},
                  {"code_challenge", ask.challenge},
                  {"code_challenge_method", "S256"}});
}

std::expected<std::string, std::string_view> code_in(const Form& query, std::string_view issuer,
                                                     bool names_itself) {
  const bool named = query.has("iss");
  if ((named && query.get("iss") != issuer) || (!named && names_itself)) {
    return std::unexpected(to_string(identity::TokenFault::Iss));
  }
  if (query.has("error") || query.get("code").empty()) return std::unexpected(kRefused);
  return std::string(query.get("code"));
}

TokenPost token_post(const CodeExchange& exchange) {
  std::string fields = "Content-Type: application/x-www-form-urlencoded\r\n";
  std::string form = encoded({{"grant_type", "authorization_code"},
                              {"code", exchange.code},
                              {"redirect_uri", exchange.redirect_uri},
                              {"code_verifier", exchange.verifier}});
  if (exchange.secret.empty() || exchange.secret_in_body) {
    form += "&" + encoded({{"client_id", exchange.client}});
  }
  if (!exchange.secret.empty() && exchange.secret_in_body) {
    form += "&" + encoded({{"client_secret", exchange.secret}});
  } else if (!exchange.secret.empty()) {
    fields += "Authorization: Basic " + basic(exchange.client, exchange.secret) + "\r\n";
  }
  return {.fields = base::Secret(std::move(fields)), .form = base::Secret(std::move(form))};
}

std::expected<ProviderTokens, std::string_view> read_tokens(const net::SimpleAnswer& answer) {
  const bool whole = answer.fault == net::ClientFault::None && is_json(answer.content_type);
  const auto document =
      whole ? json::Document::parse(answer.body) : base::Result<json::Document>(base::Error{});
  if (!document) return std::unexpected(kNoAnswer);
  const json::Value root = document->root();
  const bool refused = answer.status == 400 || answer.status == 401 || answer.status == 403;
  if (refused && !text_in(root, "error").empty()) return std::unexpected(kRefused);
  const std::string_view id_token = text_in(root, "id_token");
  if (answer.status != 200 || id_token.empty()) return std::unexpected(kNoAnswer);
  return ProviderTokens{.id_token = base::Secret(std::string(id_token)),
                        .access_token = base::Secret(std::string(text_in(root, "access_token")))};
}

}  // namespace srasta::admin
