#include "identity/claims.h"

#include "base/encoding.h"

#include <algorithm>
#include <utility>

namespace srasta::identity {
namespace {

using json::Value;
using Unexpected = std::unexpected<TokenFault>;

bool is_text(const std::optional<Value>& claim, std::string_view expected) {
  return claim && claim->string() == expected;
}

bool has_audience(const std::optional<Value>& aud, const std::vector<std::string>& ours) {
  if (!aud) return false;
  const auto is_ours = [&](std::optional<std::string_view> name) {
    return name && std::ranges::find(ours, *name) != ours.end();
  };
  if (!aud->is_array()) return is_ours(aud->string());
  bool found = false;
  for (size_t i = 0; i < aud->size(); ++i) {
    const auto name = aud->at(i).string();
    if (!name) return false;
    found = found || is_ours(name);
  }
  return found;
}

bool is_authorized_party(const std::optional<Value>& azp, const std::vector<std::string>& allowed) {
  if (allowed.empty()) return true;
  const auto name = azp ? azp->string() : std::nullopt;
  return name && std::ranges::find(allowed, *name) != allowed.end();
}

/// The client that the token was made for: `azp` (OpenID Connect), else `client_id` (RFC 9068),
/// else Okta's `cid`.
std::optional<Value> client_of(Value claims) {
  for (const char* name : {"azp", "client_id", "cid"}) {
    if (auto claim = claims.find(name)) return claim;
  }
  return std::nullopt;
}

/// OpenID Connect ID tokens carry a hash of what they were issued with; Keycloak and Cognito name
/// the kind of a token in the payload. Such a token was made for the client, not for us.
bool is_other_kind_of_token(Value claims) {
  if (claims.find("at_hash") || claims.find("c_hash")) return true;
  const auto typ = claims.find("typ");
  if (is_text(typ, "ID") || is_text(typ, "Refresh") || is_text(typ, "Offline") ||
      is_text(typ, "Logout")) {
    return true;
  }
  return is_text(claims.find("token_use"), "id");
}

std::optional<TokenFault> check_subject(const std::optional<Value>& sub) {
  const auto text = sub ? sub->string() : std::nullopt;
  if (!text || text->empty()) return TokenFault::Sub;
  if (text->size() > kMaxClaimBytes || has_control_characters(*text)) return TokenFault::ClaimValue;
  return std::nullopt;
}

struct Times {
  int64_t exp = 0;
  std::optional<int64_t> nbf;
  std::optional<int64_t> iat;
};

std::expected<Times, TokenFault> read_times(Value claims) {
  Times times;
  const auto exp = claims.find("exp");
  if (!exp) return Unexpected(TokenFault::Exp);
  const auto read = [](const std::optional<Value>& claim, std::optional<int64_t>& out) {
    if (claim) out = claim->integer();
    return !claim || out.has_value();
  };
  std::optional<int64_t> end;
  if (!read(exp, end) || !read(claims.find("nbf"), times.nbf) ||
      !read(claims.find("iat"), times.iat)) {
    return Unexpected(TokenFault::ClaimType);
  }
  times.exp = end.value_or(0);
  return times;
}

std::optional<TokenFault> check_times(const Times& times, base::WallTime now) {
  const int64_t seconds = base::unix_seconds(now);
  if (times.exp > seconds + kMaxLifetime.count()) return TokenFault::ExpRange;
  // `now` < exp + leeway with whole seconds on one side: the fraction of `now` cannot matter.
  if (seconds - kLeeway.count() >= times.exp) return TokenFault::Expired;
  // With `iat` in the past this is an expired token inside the leeway, judged above.
  if (times.iat && times.exp < *times.iat && *times.iat > seconds) return TokenFault::ExpBeforeIat;
  if (times.nbf && *times.nbf > seconds + kLeeway.count()) return TokenFault::Nbf;
  if (times.iat && *times.iat > seconds + kLeeway.count()) return TokenFault::Iat;
  return std::nullopt;
}

std::expected<Claims, TokenFault> check_subject_and_times(json::Document payload,
                                                          base::WallTime now) {
  const Value claims = payload.root();
  const auto sub = claims.find("sub");
  if (const auto fault = check_subject(sub)) return Unexpected(*fault);
  const auto times = read_times(claims);
  if (!times) return Unexpected(times.error());
  if (const auto fault = check_times(*times, now)) return Unexpected(*fault);

  const auto jti = claims.find("jti");
  std::string token_id(jti ? jti->string().value_or("") : "");
  std::string subject(sub ? sub->string().value_or("") : "");
  return Claims{.subject = std::move(subject),
                .expires = times->exp,
                .token_id = std::move(token_id),
                .payload = std::move(payload)};
}

/// Keycloak and Cognito name the kind of a token in the payload.
bool is_no_id_token(Value claims) {
  const auto typ = claims.find("typ");
  return (typ && !is_text(typ, "ID") && !is_text(typ, "JWT")) ||
         is_text(claims.find("token_use"), "access");
}

std::optional<TokenFault> check_client(Value claims, const IdTokenRules& rules) {
  if (!is_text(claims.find("iss"), rules.issuer)) return TokenFault::Iss;
  const auto aud = claims.find("aud");
  if (!has_audience(aud, {rules.client})) return TokenFault::Aud;
  const auto azp = claims.find("azp");
  const bool has_others = aud && aud->is_array() && aud->size() > 1;
  if ((azp || has_others) && !is_text(azp, rules.client)) return TokenFault::Azp;
  if (is_no_id_token(claims)) return TokenFault::Typ;
  return std::nullopt;
}

std::optional<TokenFault> check_recipient(Value claims, const ClaimRules& rules) {
  if (!is_text(claims.find("iss"), rules.issuer)) return TokenFault::Iss;
  if (!has_audience(claims.find("aud"), rules.audiences)) return TokenFault::Aud;
  if (!is_authorized_party(client_of(claims), rules.authorized_parties)) return TokenFault::Azp;
  if (is_other_kind_of_token(claims)) return TokenFault::Typ;
  if (claims.find("cnf")) return TokenFault::CnfUnsupported;
  return std::nullopt;
}

}  // namespace

bool has_control_characters(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    if (byte < 0x20 || byte == 0x7F) return true;
    // U+0080 to U+009F in UTF-8.
    if (byte == 0xC2 && i + 1 < text.size() && static_cast<uint8_t>(text[i + 1]) < 0xA0) {
      return true;
    }
  }
  return false;
}

std::expected<Claims, TokenFault> check_claims(json::Document payload, const ClaimRules& rules,
                                               base::WallTime now) {
  if (const auto fault = check_recipient(payload.root(), rules)) return Unexpected(*fault);
  return check_subject_and_times(std::move(payload), now);
}

std::expected<Claims, TokenFault> check_id_claims(json::Document payload, const IdTokenRules& rules,
                                                  base::WallTime now) {
  if (const auto fault = check_client(payload.root(), rules)) return Unexpected(*fault);
  auto claims = check_subject_and_times(std::move(payload), now);
  if (!claims) return claims;
  const Value root = claims->payload.root();
  if (!root.find("iat")) return Unexpected(TokenFault::Iat);
  const auto nonce = root.find("nonce");
  const auto shown = nonce ? nonce->string() : std::nullopt;
  if (!shown || rules.nonce.empty() || !base::equal_constant_time(*shown, rules.nonce)) {
    return Unexpected(TokenFault::Nonce);
  }
  return claims;
}

}  // namespace srasta::identity
