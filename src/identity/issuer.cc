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
  writer.member("aud", grant.audience).member("tenant", grant.tenant.view());
  writer.key("roles").begin_array();
  for (const base::RoleName& role : grant.roles) writer.string(role.view());
  writer.end_array();
  writer.member("iat", issued).member("nbf", issued);
  writer.member("exp", issued + grant.lifetime.count());
  writer.member("jti", grant.token_id).end_object();
  return writer.take();
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
  json::Writer header;
  header.begin_object().member("alg", "ES256").member("kid", key_id_);
  header.member("typ", "at+jwt").end_object();
  std::string token =
      base::to_base64url(header.text()) + "." + base::to_base64url(payload_of(grant, url_));
  SRASTA_TRY_ASSIGN(const std::string signature, key_.sign(token));
  return token + "." + base::to_base64url(signature);
}

std::string Issuer::jwks() const {
  const auto [x, y] = point_of(key_);
  json::Writer writer;
  writer.begin_object().key("keys").begin_array().begin_object();
  writer.member("kty", "EC").member("crv", "P-256").member("x", x).member("y", y);
  writer.member("kid", key_id_).member("use", "sig").member("alg", "ES256");
  writer.end_object().end_array().end_object();
  return writer.take();
}

std::string Issuer::discovery() const {
  std::string base = url_;
  if (base.ends_with('/')) base.pop_back();
  json::Writer writer;
  writer.begin_object().member("issuer", url_);
  writer.member("jwks_uri", base + "/.well-known/jwks.json");
  writer.key("response_types_supported").begin_array().end_array();
  writer.key("subject_types_supported").begin_array().string("public").end_array();
  writer.key("id_token_signing_alg_values_supported").begin_array().string("ES256").end_array();
  writer.end_object();
  return writer.take();
}

}  // namespace srasta::identity
