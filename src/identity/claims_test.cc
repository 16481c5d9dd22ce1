#include "identity/claims.h"

#include "identity/test_tokens.h"

#include <gtest/gtest.h>

namespace srasta::identity {
namespace {

ClaimRules rules() {
  return {.issuer = std::string(kIssuerA), .audiences = {"srasta-api"}};
}

std::expected<Claims, TokenFault> check(const Members& changes, const ClaimRules& with = rules(),
                                        base::WallTime now = kNow) {
  auto document = json::Document::parse(payload_of(changes));
  EXPECT_TRUE(document.ok());
  return check_claims(*std::move(document), with, now);
}

void expect_fault(TokenFault fault, const std::vector<Members>& rows) {
  for (const Members& changes : rows) {
    const auto claims = check(changes);
    ASSERT_FALSE(claims.has_value()) << payload_of(changes);
    EXPECT_EQ(to_string(claims.error()), to_string(fault)) << payload_of(changes);
  }
}

void expect_accepted(const std::vector<Members>& rows) {
  for (const Members& changes : rows) {
    const auto claims = check(changes);
    EXPECT_TRUE(claims.has_value())
        << payload_of(changes) << " " << (claims ? "" : to_string(claims.error()));
  }
}

std::string at(int64_t offset) {
  return std::to_string(kT + offset);
}

TEST(Claims, AreAcceptedAndKept) {
  const auto claims = check({});

  ASSERT_TRUE(claims.has_value());
  EXPECT_EQ(claims->subject, "u-alice");
  EXPECT_EQ(claims->expires, kT + 300);
  EXPECT_EQ(claims->token_id, "4d1c");
  EXPECT_EQ(claims->payload.root().pointer("/tenant")->string(), "acme");
}

TEST(Claims, IgnoreWhatIsUnknownWhateverItsType) {
  expect_accepted({{{"name", R"("Zo\u00eb \ud83d\ude00")"},
                    {"x_null", "null"},
                    {"x_num", "1.5"},
                    {"x_obj", R"({"a":{"b":{"c":{"d":{"e":{"f":{"g":1}}}}}}})"}}});
}

TEST(Claims, RefuseAnIssuerThatIsNotTextOrNotExact) {
  expect_fault(TokenFault::Iss, {{{"iss", ""}},
                                 {{"iss", "null"}},
                                 {{"iss", "5"}},
                                 {{"iss", R"(["https://idp-a.test:8443"])"}},
                                 {{"iss", R"({"a":1})"}},
                                 {{"iss", R"("https://idp-a.test:8443/")"}},
                                 {{"iss", R"("HTTPS://idp-a.test:8443")"}},
                                 {{"iss", R"("https://IDP-A.test:8443")"}},
                                 {{"iss", R"("http://idp-a.test:8443")"}},
                                 {{"iss", R"("https://idp-a.test")"}},
                                 {{"iss", R"("https://idp-a.test:8443#")"}},
                                 {{"iss", R"("https://idp-a.test:8443?")"}},
                                 {{"iss", R"(" https://idp-a.test:8443")"}}});
}

TEST(Claims, AcceptOurAudienceAmongOthers) {
  expect_accepted({{{"aud", R"(["other","srasta-api"])"}}, {{"aud", R"(["srasta-api"])"}}});
}

TEST(Claims, RefuseOtherAudiences) {
  std::vector<Members> rows;
  for (const char* aud :
       {"", "null", "5", "{}", "[]", R"("")", R"("Srasta-Api")", R"("srasta-api ")",
        R"("srasta-api-dev")", R"("xsrasta-api")", R"("*")", R"("srasta")", R"(["account"])",
        R"("https://srasta-api")", R"([["srasta-api"]])", R"(["srasta-api",5])",
        R"({"srasta-api":true})", R"("other srasta-api")"}) {
    rows.push_back({{"aud", aud}});
  }
  expect_fault(TokenFault::Aud, rows);
}

TEST(Claims, RefusePartiesThatAreNotListedOnceAListExists) {
  ClaimRules listed = rules();
  listed.authorized_parties = {"cli-1"};

  EXPECT_TRUE(check({{"azp", R"("cli-1")"}}, listed).has_value());
  EXPECT_EQ(check({{"azp", R"("cli-evil")"}}, listed).error(), TokenFault::Azp);
  EXPECT_EQ(check({}, listed).error(), TokenFault::Azp);
  EXPECT_TRUE(check({{"azp", R"("cli-evil")"}}).has_value());
}

TEST(Claims, RefuseIdAndRefreshTokens) {
  expect_fault(TokenFault::Typ, {{{"at_hash", R"("x")"}},
                                 {{"c_hash", R"("x")"}},
                                 {{"typ", R"("ID")"}},
                                 {{"typ", R"("Refresh")"}},
                                 {{"token_use", R"("id")"}}});
  expect_accepted({{{"typ", R"("Bearer")"}}, {{"token_use", R"("access")"}}});
}

TEST(Claims, RefuseTokensBoundToAKeyOfTheSender) {
  expect_fault(
      TokenFault::CnfUnsupported,
      {{{"cnf", R"({"jkt":"0ZcOCORZNYy"})"}}, {{"cnf", R"({"x5t#S256":"x"})"}}, {{"cnf", "null"}}});
}

TEST(Claims, RefuseAMissingSubject) {
  expect_fault(TokenFault::Sub, {{{"sub", ""}},
                                 {{"sub", "null"}},
                                 {{"sub", R"("")"}},
                                 {{"sub", "5"}},
                                 {{"sub", R"(["u-alice"])"}}});
}

TEST(Claims, RefuseSubjectsThatCouldEndAHeaderOrALogLine) {
  expect_fault(TokenFault::ClaimValue,
               {{{"sub", R"("u-alice\u0000")"}},
                {{"sub", R"("u-alice\r\nX-Srasta-Principal: e30")"}},
                {{"sub", R"("u-alice\u007f")"}},
                {{"sub", R"("u-alice\u0085")"}},
                {{"sub", '"' + std::string(kMaxClaimBytes + 1, 'a') + '"'}}});
  expect_accepted({{{"sub", R"("auth0|66a1f0")"}},
                   {{"sub", R"("u-e\u0301 \u00e9\u00a0")"}},
                   {{"sub", '"' + std::string(kMaxClaimBytes, 'a') + '"'}}});
}

TEST(Claims, AllowThirtySecondsOfClockDifference) {
  expect_accepted({{{"exp", at(-29)}},
                   {{"nbf", at(29)}},
                   {{"iat", at(29)}},
                   {{"nbf", at(30)}},
                   {{"iat", at(30)}},
                   {{"iat", ""}, {"nbf", ""}}});
  expect_fault(TokenFault::Expired, {{{"exp", at(-30)}}, {{"exp", at(-31)}}});
  expect_fault(TokenFault::Nbf, {{{"nbf", at(31)}}});
  expect_fault(TokenFault::Iat, {{{"iat", at(31)}}});
}

TEST(Claims, ExpireBetweenTwoSecondsAtTheRightOne) {
  const Members soon = {{"exp", at(2)}};

  EXPECT_TRUE(check(soon, rules(), kNow + base::Millis(31'900)).has_value());
  EXPECT_EQ(check(soon, rules(), kNow + base::Seconds(32)).error(), TokenFault::Expired);
}

TEST(Claims, RefuseTimesThatAreNotWholeNumbers) {
  std::vector<Members> rows;
  for (const char* value :
       {R"("4102444800")", "4102444800.5", "4.1024448e9", "true", "[4102444800]", "null", "{}"}) {
    for (const char* name : {"exp", "nbf", "iat"}) rows.push_back({{name, value}});
  }
  expect_fault(TokenFault::ClaimType, rows);
}

TEST(Claims, RefuseAMissingExpiry) {
  expect_fault(TokenFault::Exp, {{{"exp", ""}}});
}

TEST(Claims, CountNegativeTimesAsLongPast) {
  expect_fault(TokenFault::Expired,
               {{{"exp", "-1"}}, {{"exp", "0"}}, {{"exp", "-9223372036854775808"}}});
  expect_accepted({{{"iat", "-9223372036854775808"}, {"nbf", "-1"}}});
}

TEST(Claims, RefuseAnExpiryMoreThan366DaysAhead) {
  const int64_t limit = kMaxLifetime.count();
  expect_accepted({{{"exp", at(limit)}}});
  expect_fault(
      TokenFault::ExpRange,
      {{{"exp", at(limit + 1)}}, {{"exp", "4102444800000"}}, {{"exp", "9223372036854775807"}}});
  expect_fault(TokenFault::ClaimType, {{{"exp", "9223372036854775808"}},
                                       {{"exp", "18446744073709551616"}},
                                       {{"exp", "1e300"}},
                                       {{"exp", "99999999999999999999999999"}}});
}

TEST(Claims, RefuseTokensThatExpireBeforeTheyAreIssued) {
  expect_fault(TokenFault::ExpBeforeIat, {{{"iat", at(20)}, {"exp", at(10)}}});
}

}  // namespace
}  // namespace srasta::identity
