#include "identity/authenticator.h"

#include "access/decision.h"
#include "base/encoding.h"
#include "identity/mapping_json.h"
#include "identity/test_tokens.h"

#include <gtest/gtest.h>

namespace srasta::identity {
namespace {

using crypto::Algorithm;

access::AccessRules rules_of_two_tenants() {
  access::AccessRules rules;
  rules.tenants = {{base::TenantId("acme"), false}, {base::TenantId("globex"), false}};
  return rules;
}

TrustedIssuer issuer_of(std::string_view url, TenantRule tenant,
                        const std::vector<std::string>& jwks) {
  return {.verifier = std::make_shared<TokenVerifier>(TokenVerifier::Settings{
              .claims = {.issuer = std::string(url), .audiences = {"srasta-api"}}}),
          .mapping = std::make_shared<ClaimMapping>(MappingRules{.tenant = std::move(tenant)}),
          .keys = std::make_shared<KeySet>(key_set_of(jwks)),
          .generation = 1};
}

class AuthenticatorTest : public testing::Test {
 protected:
  NamedKey a_ = make_key("a-ec", Algorithm::ES256);
  NamedKey b_ = make_key("a-ec", Algorithm::ES256);  // the same name at another issuer
  IdentitySnapshot snapshot_{
      .revision = 1,
      .issuers = {issuer_of(kIssuerA, TenantRule{}, {a_.jwk()}),
                  issuer_of(kIssuerB, TenantRule{.fixed = base::TenantId("globex")}, {b_.jwk()})},
      .access_serial = 1,
      .access = access::AccessSnapshot::of(rules_of_two_tenants())};

  void put_in_force(const access::AccessRules& rules) {
    snapshot_.access = access::AccessSnapshot::of(rules);
    ++snapshot_.access_serial;
  }
  Authenticator authenticator_;

  std::expected<Authenticated, Refusal> send(const std::string& token, base::WallTime now = kNow) {
    const std::string value = "Bearer " + token;
    const std::string_view values[] = {value};
    return authenticator_.authenticate({.authorization = values}, snapshot_, now);
  }

  std::string refusal(const std::string& token, base::WallTime now = kNow) {
    const auto result = send(token, now);
    if (result) return "accepted";
    EXPECT_EQ(result.error().code, public_code(result.error().fault));
    return std::string(to_string(result.error().fault));
  }
};

TEST_F(AuthenticatorTest, MakesACallerOfAVerifiedToken) {
  const std::string token = token_by(a_);

  const auto result = send(token);

  ASSERT_TRUE(result.has_value());
  const access::Caller& caller = *result->caller;
  EXPECT_TRUE(result->first_use);
  EXPECT_EQ(caller.subject(), "u-alice");
  EXPECT_EQ(caller.issuer(), kIssuerA);
  EXPECT_EQ(caller.tenant().str(), "acme");
  EXPECT_EQ(caller.roles(), std::vector{base::RoleName("user")});
  EXPECT_EQ(caller.kind(), access::CallerKind::User);
  EXPECT_EQ(caller.token_digest(),
            base::to_hex(crypto::bytes_of(crypto::sha256(token))).substr(0, 16));
  EXPECT_TRUE(decide(caller, access::Permission::InferenceModels).allowed());
  EXPECT_FALSE(decide(caller, access::Permission::AdminRead).allowed());
}

TEST_F(AuthenticatorTest, TellsServicesFromPeople) {
  const auto result = send(token_by(a_, {{"roles", R"(["service"])"}}));

  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->caller->kind(), access::CallerKind::Service);
}

TEST_F(AuthenticatorTest, GivesOnePrincipalToEachIssuerTenantAndSubject) {
  const auto alice = send(token_by(a_));
  const auto again = send(token_by(a_, {{"jti", R"("other")"}}));
  const auto at_globex = send(token_by(a_, {{"tenant", R"("globex")"}}));
  const auto upper = send(token_by(a_, {{"sub", R"("U-ALICE")"}}));
  const auto at_b = send(token_by(b_, {{"iss", '"' + std::string(kIssuerB) + '"'}}));

  EXPECT_EQ(alice->caller->principal(), again->caller->principal());
  EXPECT_NE(alice->caller->principal(), at_globex->caller->principal());
  EXPECT_NE(alice->caller->principal(), upper->caller->principal());
  EXPECT_NE(at_globex->caller->principal(), at_b->caller->principal());
}

TEST_F(AuthenticatorTest, LooksKeysUpByIssuer) {
  const Members of_b = {{"iss", '"' + std::string(kIssuerB) + '"'}, {"tenant", ""}};

  EXPECT_EQ(send(token_by(b_, of_b))->caller->tenant().str(), "globex");
  EXPECT_EQ(refusal(token_by(b_)), "signature");
  EXPECT_EQ(refusal(token_by(a_, of_b)), "signature");
}

TEST_F(AuthenticatorTest, RefusesUnknownIssuersAndRequestsWithoutACredential) {
  EXPECT_EQ(refusal(token_by(a_, {{"iss", R"("https://evil.test")"}})), "iss");
  EXPECT_EQ(refusal(token_by(a_, {{"iss", ""}})), "iss");
  EXPECT_EQ(refusal(""), "empty_token");
  const auto nothing = authenticator_.authenticate({}, snapshot_, kNow);
  EXPECT_EQ(nothing.error().code, PublicCode::CredentialsMissing);
}

TEST_F(AuthenticatorTest, ReadsWhatBeginsLikeAKeyAsAKey) {
  EXPECT_EQ(refusal("sk-srasta-abcdefghijkl-x"), "format");
  EXPECT_EQ(refusal("SK-SRASTA-abcdefghijkl-x"), "segments");
}

TEST_F(AuthenticatorTest, RefusesLargeTokensBeforeItHashesThem) {
  EXPECT_EQ(refusal(std::string(kMaxTokenBytes + 1, 'a')), "token_too_large");
}

TEST_F(AuthenticatorTest, NamesTheIssuerToRefreshForAnUnknownKeyOnly) {
  const NamedKey rotated = make_key("a-ec2", Algorithm::ES256);

  EXPECT_EQ(send(token_by(rotated)).error().refresh_issuer, kIssuerA);
  EXPECT_EQ(send(token_by(b_)).error().refresh_issuer, "");
  EXPECT_EQ(send(token_by(rotated, {{"iss", R"("https://evil.test")"}})).error().refresh_issuer,
            "");
}

TEST_F(AuthenticatorTest, AnswersUnavailableWhileTheIssuersKeysAre) {
  const std::string token = token_by(a_);
  ASSERT_TRUE(send(token).has_value());

  snapshot_.issuers[0].keys = nullptr;
  snapshot_.issuers[0].unavailable = TokenFault::KeysStale;

  EXPECT_EQ(refusal(token), "keys_stale") << "cached or not";
  EXPECT_EQ(refusal(token_by(b_, {{"iss", '"' + std::string(kIssuerB) + '"'}})), "accepted");
}

TEST_F(AuthenticatorTest, SaysWhoHasNoPlaceHereAndWhichClaimsWereLookedAt) {
  const auto tenant = send(token_by(a_, {{"tenant", R"("initech")"}}));
  const auto role = send(token_by(a_, {{"roles", R"(["nobody"])"}}));

  EXPECT_EQ(tenant.error().code, PublicCode::TenantMissing);
  EXPECT_EQ(tenant.error().claims, std::vector<std::string>{"/tenant"});
  EXPECT_EQ(tenant.error().subject, "") << "nobody is anybody without a tenant";
  EXPECT_EQ(role.error().code, PublicCode::RoleMissing);
  EXPECT_EQ(role.error().claims, std::vector<std::string>{"/roles"});
  EXPECT_EQ(role.error().subject, "u-alice");
  EXPECT_EQ(role.error().tenant.str(), "acme");
}

TEST_F(AuthenticatorTest, VerifiesATokenOnceAndThenRemembersIt) {
  const std::string token = token_by(a_);
  const auto first = send(token);

  for (int i = 0; i < 999; ++i) {
    const auto again = send(token);
    ASSERT_TRUE(again.has_value());
    EXPECT_FALSE(again->first_use);
    EXPECT_EQ(again->caller, first->caller);
  }
  EXPECT_EQ(authenticator_.cached(), 1U);
}

// CVE-2026-35030: a cache keyed by the first bytes of the token.
TEST_F(AuthenticatorTest, RemembersTheWholeTokenAndNoPartOfIt) {
  const std::string alice = token_by(a_);
  const std::string olga = token_by(a_, {{"sub", R"("u-olga")"}, {"roles", R"(["owner"])"}});
  ASSERT_EQ(alice.substr(0, 40), olga.substr(0, 40));

  EXPECT_EQ(send(alice)->caller->subject(), "u-alice");
  EXPECT_EQ(send(olga)->caller->subject(), "u-olga");
  EXPECT_EQ(send(alice)->caller->subject(), "u-alice");
  EXPECT_EQ(authenticator_.cached(), 2U);

  for (size_t kept = 1; kept < alice.size(); ++kept) {
    std::string other = alice;
    for (size_t i = kept; i < other.size(); ++i) other[i] = other[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(send(other).has_value()) << kept;
  }
  EXPECT_EQ(authenticator_.cached(), 2U) << "only successes are kept";
}

TEST_F(AuthenticatorTest, NeverLetsARefusalShadowAGoodToken) {
  const NamedKey attacker = make_key("a-ec", Algorithm::ES256);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(refusal(token_by(attacker)), "signature");

  EXPECT_EQ(refusal(token_by(a_)), "accepted");
}

TEST_F(AuthenticatorTest, ForgetsATokenAtExpiryPlusLeeway) {
  const std::string token = token_by(a_, {{"exp", std::to_string(kT + 2)}});

  EXPECT_EQ(refusal(token), "accepted");
  EXPECT_EQ(refusal(token, kNow + base::Millis(31'900)), "accepted");
  EXPECT_EQ(refusal(token, kNow + base::Seconds(32)), "expired");
}

TEST_F(AuthenticatorTest, ForgetsTokensWhenTheKeysOfTheirIssuerChange) {
  const std::string token = token_by(a_);
  const std::string of_b = token_by(b_, {{"iss", '"' + std::string(kIssuerB) + '"'}});
  ASSERT_TRUE(send(token).has_value() && send(of_b).has_value());

  snapshot_.issuers[0].keys = snapshot_.issuers[1].keys;
  snapshot_.issuers[0].generation = 2;

  EXPECT_EQ(refusal(token), "signature");
  EXPECT_FALSE(send(of_b)->first_use) << "the other issuer's tokens stay";
}

TEST_F(AuthenticatorTest, ForgetsTokensWhenTheSnapshotChanges) {
  const std::string token = token_by(a_);
  ASSERT_TRUE(send(token).has_value());

  snapshot_.revision = 2;

  EXPECT_TRUE(send(token)->first_use);
}

TEST_F(AuthenticatorTest, DecidesAnewWithoutVerifyingAnewWhenTheAccessSnapshotChanges) {
  const std::string token = token_by(a_, {{"roles", R"(["user","developer"])"}});
  ASSERT_TRUE(send(token).has_value());
  access::AccessRules rules = rules_of_two_tenants();
  const access::PrincipalBytes alice = access::principal_bytes(kIssuerA, "acme", "u-alice");

  rules.users[alice] = {.deny_roles = {base::RoleName("developer")}};
  put_in_force(rules);
  const auto narrowed = send(token);
  ASSERT_TRUE(narrowed.has_value());
  EXPECT_FALSE(narrowed->first_use);
  EXPECT_EQ(narrowed->caller->roles(), std::vector{base::RoleName("user")});

  rules.users[alice] = {.disabled = true};
  put_in_force(rules);
  EXPECT_EQ(refusal(token), "disabled");

  rules.users.clear();
  put_in_force(rules);
  EXPECT_EQ(send(token)->caller->roles().size(), 2U);

  rules.tenants[base::TenantId("acme")] = true;
  put_in_force(rules);
  EXPECT_EQ(refusal(token), "disabled");

  rules.tenants.erase(base::TenantId("acme"));
  put_in_force(rules);
  EXPECT_EQ(refusal(token), "tenant_unmapped");
}

TEST_F(AuthenticatorTest, AdmitsNobodyWithoutAnAccessSnapshot) {
  snapshot_.access = nullptr;
  EXPECT_EQ(refusal(token_by(a_)), "access_stale");
}

TEST_F(AuthenticatorTest, NamesTheClaimsOfWhomItCannotPlace) {
  const auto role = send(token_by(a_, {{"roles", R"(["USER"])"}}));
  EXPECT_EQ(role.error().fault, TokenFault::NoRole);
  EXPECT_EQ(role.error().claims, std::vector<std::string>{"/roles"});
  const auto overage = send(token_by(a_, {{"roles", "[]"}, {"hasgroups", "true"}}));
  EXPECT_EQ(overage.error().fault, TokenFault::GroupsOverage);
  const auto tenant = send(token_by(a_, {{"tenant", R"("initech")"}}));
  EXPECT_EQ(tenant.error().fault, TokenFault::TenantUnmapped);
  EXPECT_EQ(tenant.error().claims, std::vector<std::string>{"/tenant"});
}

TEST_F(AuthenticatorTest, NarrowsToTheScopesOfTheToken) {
  const auto caller =
      send(token_by(a_, {{"scope", R"("openid srasta:inference.models")"}}))->caller;
  EXPECT_TRUE(decide(*caller, access::Permission::InferenceModels).allowed());
  EXPECT_FALSE(decide(*caller, access::Permission::InferenceInvoke).allowed());
  // A scope never adds what the roles do not give.
  const auto greedy = send(token_by(a_, {{"scope", R"("srasta:admin.*")"}}))->caller;
  EXPECT_EQ(greedy->permissions(), access::PermissionSet{});
}

class ApiKeyCallers : public AuthenticatorTest {
 protected:
  static constexpr const char* kId = "abcdefgh2345";
  const std::string secret_ = std::string(42, 'x') + "A";
  const std::string text_ = "sk-srasta-" + std::string(kId) + "-" + secret_;
  access::AccessRules rules_ = rules_of_two_tenants();

  ApiKeyCallers() {
    rules_.keys[kId] = {.secret = crypto::sha256(secret_),
                        .subject = "k-dev",
                        .tenant = base::TenantId("acme"),
                        .roles = {base::RoleName("developer")},
                        .models = std::vector<std::string>{"general"},
                        .expires = base::unix_seconds(kNow) + 60};
    put_in_force(rules_);
  }
  std::string use(const std::string& key, base::WallTime now = kNow,
                  std::string_view client = "192.0.2.9") {
    const std::string_view values[] = {key};
    const auto result =
        authenticator_.authenticate({.x_api_key = values, .client = client}, snapshot_, now);
    if (!result) return std::string(to_string(result.error().fault));
    return result->caller->subject() + "@" + result->caller->tenant().str();
  }
};

TEST_F(ApiKeyCallers, AreAdmittedByIdAndSecret) {
  EXPECT_EQ(use(text_), "k-dev@acme");
  std::string wrong = text_;
  wrong.back() = 'B';
  EXPECT_EQ(use(wrong), "secret");
  EXPECT_EQ(use("sk-srasta-abcdefgh2346-" + secret_), "unknown_id");
  for (const std::string& form :
       {text_ + "A", text_.substr(0, text_.size() - 1), "sk-srasta-" + std::string(kId) + "-",
        "sk-srasta-" + std::string(kId) + "_" + secret_, std::string("sk-srasta-"),
        "sk-srasta-ABCDEFGH2345-" + secret_}) {
    EXPECT_EQ(use(form), "format") << form;
  }
}

TEST_F(ApiKeyCallers, EndWithTheSecondOfTheirExpiry) {
  EXPECT_EQ(use(text_, kNow + base::Millis(59'900)), "k-dev@acme");
  EXPECT_EQ(use(text_, kNow + base::Seconds(60)), "expired");
}

TEST_F(ApiKeyCallers, ComeFromTheirNetworksOnly) {
  rules_.keys[kId].networks = {*config::parse_address_block("10.0.0.0/8")};
  put_in_force(rules_);
  EXPECT_EQ(use(text_, kNow, "10.1.2.3"), "k-dev@acme");
  EXPECT_EQ(use(text_, kNow, "::ffff:10.1.2.3"), "k-dev@acme");
  EXPECT_EQ(use(text_, kNow, "192.0.2.9"), "network");
  EXPECT_EQ(use(text_, kNow, "unix"), "network");
}

TEST_F(ApiKeyCallers, AreGoneWithTheSnapshotThatDropsThem) {
  ASSERT_EQ(use(text_), "k-dev@acme");
  rules_.keys.clear();
  put_in_force(rules_);
  EXPECT_EQ(use(text_), "unknown_id");
}

TEST_F(ApiKeyCallers, AnswerAlikeWhateverBarsThem) {
  rules_.tenants[base::TenantId("acme")] = true;
  put_in_force(rules_);
  EXPECT_EQ(use(text_), "revoked");
  EXPECT_EQ(public_code(TokenFault::Revoked), PublicCode::KeyInvalid);
}

TEST_F(AuthenticatorTest, KeepsTheCacheWithinItsBound) {
  authenticator_ = Authenticator(20);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(refusal(token_by(a_, {{"jti", std::to_string(i)}})), "accepted");
    EXPECT_LE(authenticator_.cached(), 20U);
  }
}

// ECDSA signatures have a second form (r, n-s): another token, the same principal.
TEST_F(AuthenticatorTest, GivesBothFormsOfAnEcdsaSignatureOnePrincipal) {
  const std::string token = token_by(a_);
  const size_t at = token.rfind('.') + 1;
  std::string signature = *base::from_base64url(token.substr(at));
  const std::string order =
      *base::from_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  int borrow = 0;
  for (size_t i = 32; i-- > 0;) {
    const int digit =
        static_cast<uint8_t>(order[i]) - static_cast<uint8_t>(signature[32 + i]) - borrow;
    borrow = digit < 0 ? 1 : 0;
    signature[32 + i] = static_cast<char>(digit & 255);
  }

  const auto first = send(token);
  const auto second = send(token.substr(0, at) + base::to_base64url(signature));

  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(first->caller->principal(), second->caller->principal());
  EXPECT_EQ(authenticator_.cached(), 2U);
}

/// What the session of a guest of `issuer` comes to: roles, or the reason.
std::string guest(std::string_view issuer, const Mapping& mapping,
                  const IdentitySnapshot& snapshot) {
  const std::string json = R"({"issuer":")" + std::string(issuer) + R"(","mapping":)" +
                           to_json(mapping) + R"(,"session":"s-1"})";
  const auto caller = Authenticator::admit_session(json, "https://gw.test", snapshot);
  if (!caller) return std::string(to_string(caller.error().fault));
  std::string text = (*caller)->issuer() + " " + (*caller)->subject() + ":";
  for (const base::RoleName& role : (*caller)->roles()) text += " " + role.str();
  return text;
}

TEST_F(AuthenticatorTest, AdmitsGuestsOfAnIssuerAsItsTokens) {
  Mapping mapping{.tenant = base::TenantId("acme"),
                  .roles = {base::RoleName("user"), base::RoleName("gone")},
                  .subject = "u-1"};
  EXPECT_EQ(guest(kIssuerA, mapping, snapshot_), std::string(kIssuerA) + " u-1: user");
  EXPECT_EQ(guest("https://other.test", mapping, snapshot_), "iss");
  EXPECT_EQ(guest(kIssuerB, mapping, snapshot_), "tenant_unmapped")
      << "the issuer speaks for another tenant";
  mapping.roles = {base::RoleName("gone")};
  EXPECT_EQ(guest(kIssuerA, mapping, snapshot_), "no_role");
  mapping.roles = {base::RoleName("user")};
  mapping.tenant = base::TenantId("initech");
  EXPECT_EQ(guest(kIssuerA, mapping, snapshot_), "tenant_unmapped");
  mapping.tenant = base::TenantId("acme");
  access::AccessRules rules = rules_of_two_tenants();
  rules.tenants.at(base::TenantId("acme")) = true;
  put_in_force(rules);
  EXPECT_EQ(guest(kIssuerA, mapping, snapshot_), "disabled");
}

TEST_F(AuthenticatorTest, MakesNoGuestAnAccount) {
  const Mapping mapping{
      .tenant = base::TenantId("acme"), .roles = {base::RoleName("user")}, .subject = "u-1"};
  snapshot_.issuers[0].principal_issuer = "local";
  EXPECT_EQ(guest(kIssuerA, mapping, snapshot_), "iss");
  for (const char* json :
       {R"({"issuer":5,"subject":"u-1","tenant":"acme","roles":["user"],"session":"s"})",
        R"({"issuer":"","subject":"u-1","tenant":"acme","roles":["user"],"session":"s"})"}) {
    const auto caller = Authenticator::admit_session(json, "https://gw.test", snapshot_);
    ASSERT_FALSE(caller.has_value()) << json;
    EXPECT_EQ(caller.error().fault, TokenFault::Iss) << json;
  }
}

}  // namespace
}  // namespace srasta::identity
