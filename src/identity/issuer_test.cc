#include "identity/issuer.h"

#include "identity/authenticator.h"
#include "identity/discovery.h"
#include "json/document.h"

#include <gtest/gtest.h>

namespace srasta::identity {
namespace {

constexpr base::WallTime kNow{base::Seconds(1'795'510'800)};
constexpr const char* kUrl = "http://127.0.0.1:8484";

Issuer make_issuer() {
  return *Issuer::create(kUrl, *crypto::PrivateKey::generate(crypto::KeyType::EcP256));
}

TokenGrant grant() {
  return {.subject = "u-me",
          .tenant = base::TenantId("default"),
          .roles = {base::RoleName("user"), base::RoleName("auditor")},
          .issued_at = kNow,
          .lifetime = base::Seconds(3600),
          .token_id = "01J"};
}

TEST(Issuer, MakesTokensThatItsOwnDocumentsVerify) {
  const Issuer issuer = make_issuer();
  const TokenVerifier verifier({.claims = {.issuer = kUrl, .audiences = {"srasta-api"}},
                                .algorithms = {crypto::Algorithm::ES256}});
  const auto keys = KeySet::parse(issuer.jwks());
  ASSERT_TRUE(keys.has_value());
  const std::string token = *issuer.make_token(grant());

  const auto claims = verifier.verify(token, *keys, kNow);

  ASSERT_TRUE(claims.has_value()) << to_string(claims.error());
  EXPECT_EQ(claims->subject, "u-me");
  EXPECT_EQ(claims->expires, base::unix_seconds(kNow) + 3600);
  EXPECT_EQ(claims->token_id, "01J");
  EXPECT_EQ(claims->payload.root().pointer("/tenant")->string(), "default");
  EXPECT_EQ(claims->payload.root().pointer("/roles/1")->string(), "auditor");
}

TEST(Issuer, NamesItsKeyByThumbprintInTokenAndKeySet) {
  const Issuer issuer = make_issuer();
  const std::string token = *issuer.make_token(grant());

  const auto parsed = parse_token(token);

  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->kid, issuer.key_id());
  EXPECT_EQ(issuer.key_id().size(), 43U);
  const auto jwks = json::Document::parse(issuer.jwks());
  EXPECT_EQ(jwks->root().pointer("/keys/0/kid")->string(), issuer.key_id());
  EXPECT_FALSE(jwks->root().pointer("/keys/0/d").has_value());
}

TEST(Issuer, HasADiscoveryDocumentThatPointsToItsKeys) {
  const Issuer issuer = make_issuer();

  const auto found =
      parse_discovery(issuer_metadata(issuer.url()), {.issuer = kUrl, .allow_loopback_http = true});

  ASSERT_TRUE(found.has_value()) << found.error().detail;
  EXPECT_EQ(found->jwks_uri, "http://127.0.0.1:8484/.well-known/jwks.json");
}

TEST(Issuer, SignsWithP256Only) {
  EXPECT_FALSE(Issuer::create(kUrl, *crypto::PrivateKey::generate(crypto::KeyType::Ed25519)).ok());
}

TEST(Issuer, EscapesWhatItIsGiven) {
  const Issuer issuer = make_issuer();
  TokenGrant odd = grant();
  odd.subject = "a\",\"roles\":[\"owner\"],\"x\":\"";

  const std::string token = *issuer.make_token(odd);

  const auto parsed = parse_token(token);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->payload.root().find("sub")->string(), odd.subject);
}

}  // namespace
}  // namespace srasta::identity
