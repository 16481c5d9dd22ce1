#include "identity/issuer.h"

#include "base/encoding.h"
#include "crypto/hash.h"
#include "json/writer.h"

#include <utility>

namespace srasta::identity {
namespace {

struct Point {
  std::string x;
  std::string y;
};

Point point_of(const crypto::PrivateKey& key) {
  const std::string bytes = key.public_bytes();
  return {base::to_base64url(bytes.substr(0, 32)), base::to_base64url(bytes.substr(32))};
}

/// RFC 7638 section 3.2: the required members only, in alphabetical order, without spaces.
std::string thumbprint(const crypto::PrivateKey& key) {
  const auto [x, y] = point_of(key);
  json::Writer writer;
  writer.begin_object().member("crv", "P-256").member("kty", "EC");
  writer.member("x", x).member("y", y).end_object();
  return base::to_base64url(crypto::bytes_of(crypto::sha256(writer.text())));
}

std::string payload_of(const TokenGrant& grant, std::string_view issuer) {
  const int64_t issued = base::unix_seconds(grant.issued_at);
  json::Writer writer;
  writer.begin_object().member("iss", issuer).member("sub", grant.subject);
  if (grant.resource.empty()) {
    writer.member("aud", grant.audience);
  } else {
    writer.key("aud").begin_array().string(grant.audience).string(grant.resource).end_array();
  }
  writer.member("tenant", grant.tenant.view());
  writer.key("roles").begin_array();
  for (const base::RoleName& role : grant.roles) writer.string(role.view());
  writer.end_array();
  writer.member("iat", issued).member("nbf", issued);
  writer.member("exp", issued + grant.lifetime.count());
  writer.member("jti", grant.token_id);
  if (!grant.client.empty()) writer.member("client_id", grant.client);
  if (!grant.scope.empty()) writer.member("scope", grant.scope);
  if (grant.for_itself) writer.member("gty", "client-credentials");
  writer.end_object();
  return writer.take();
}

std::string payload_of(const IdTokenGrant& grant, std::string_view issuer) {
  const int64_t issued = base::unix_seconds(grant.issued_at);
  json::Writer writer;
  writer.begin_object().member("iss", issuer).member("sub", grant.subject);
  writer.member("aud", grant.client).member("iat", issued);
  writer.member("exp", issued + grant.lifetime.count());
  writer.member("auth_time", base::unix_seconds(grant.signed_in_at));
  if (!grant.nonce.empty()) writer.member("nonce", grant.nonce);
  writer.member("preferred_username", grant.name).member("tenant", grant.tenant.view());
  writer.end_object();
  return writer.take();
}

using Texts = std::initializer_list<std::string_view>;
void write_texts(json::Writer& writer, std::string_view name, Texts texts) {
  writer.key(name).begin_array();
  for (const std::string_view text : texts) writer.string(text);
  writer.end_array();
}

}  // namespace

base::Result<Issuer> Issuer::create(std::string url, crypto::PrivateKey key) {
  if (key.type() != crypto::KeyType::EcP256) {
    return base::make_error(base::Code::Unsupported, "the issuer signs with P-256 keys only");
  }
  return Issuer(std::move(url), std::move(key));
}

Issuer::Issuer(std::string url, crypto::PrivateKey key)
    : url_(std::move(url)), key_(std::move(key)), key_id_(thumbprint(key_)) {}

base::Result<std::string> Issuer::make_token(const TokenGrant& grant) const {
  return sign("at+jwt", payload_of(grant, url_));
}

base::Result<std::string> Issuer::make_id_token(const IdTokenGrant& grant) const {
  return sign("JWT", payload_of(grant, url_));
}

base::Result<std::string> Issuer::sign(std::string_view type, const std::string& payload) const {
  json::Writer header;
  header.begin_object().member("alg", "ES256").member("kid", key_id_);
  header.member("typ", type).end_object();
  std::string token = base::to_base64url(header.text()) + "." + base::to_base64url(payload);
  SRASTA_TRY_ASSIGN(const std::string signature, key_.sign(token));
  return token + "." + base::to_base64url(signature);
}

std::string Issuer::jwk() const {
  const auto [x, y] = point_of(key_);
  json::Writer writer;
  writer.begin_object();
  writer.member("kty", "EC").member("crv", "P-256").member("x", x).member("y", y);
  writer.member("kid", key_id_).member("use", "sig").member("alg", "ES256");
  return writer.end_object().take();
}

std::string Issuer::jwks() const {
  return jwks_document({jwk()});
}

std::string jwks_document(const std::vector<std::string>& jwks) {
  json::Writer writer;
  writer.begin_object().key("keys").begin_array();
  for (const std::string& jwk : jwks) writer.raw(jwk);
  return writer.end_array().end_object().take();
}

std::string issuer_metadata(const std::string& url) {
  std::string base = url;
  if (base.ends_with('/')) base.pop_back();
  json::Writer writer;
  writer.begin_object().member("issuer", url);
  writer.member("authorization_endpoint", base + "/auth/authorize");
  writer.member("token_endpoint", base + "/auth/token");
  writer.member("revocation_endpoint", base + "/auth/revoke");
  writer.member("end_session_endpoint", base + "/auth/logout");
  writer.member("jwks_uri", base + "/.well-known/jwks.json");
  write_texts(writer, "response_types_supported", {"code"});
  write_texts(writer, "response_modes_supported", {"query"});
  write_texts(writer, "grant_types_supported",
              {"authorization_code", "refresh_token", "client_credentials"});
  write_texts(writer, "code_challenge_methods_supported", {"S256"});
  const Texts authentication = {"none", "client_secret_basic", "client_secret_post"};
  write_texts(writer, "token_endpoint_auth_methods_supported", authentication);
  write_texts(writer, "revocation_endpoint_auth_methods_supported", authentication);
  writer.key("scopes_supported").begin_array();
  for (const std::string_view scope : kIssuerScopes) writer.string(scope);
  writer.end_array();
  write_texts(writer, "subject_types_supported", {"public"});
  write_texts(writer, "id_token_signing_alg_values_supported", {"ES256"});
  writer.member("authorization_response_iss_parameter_supported", true);
  return writer.end_object().take();
}

}  // namespace srasta::identity
