#include "identity/token.h"

#include "base/encoding.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace srasta::identity {
namespace {

constexpr std::string_view kHeader = R"({"alg":"ES256","kid":"a-ec","typ":"JWT"})";
constexpr std::string_view kPayload = R"({"iss":"https://idp-a.test:8443","sub":"u-alice"})";

std::string compact(std::string_view header, std::string_view payload) {
  return base::to_base64url(header) + "." + base::to_base64url(payload) + ".c2ln";
}

TokenFault fault_of(std::string_view token) {
  const auto parsed = parse_token(token);
  EXPECT_FALSE(parsed.has_value()) << token.substr(0, 80);
  return parsed ? TokenFault::NoCredential : parsed.error();
}

void expect_header_fault(TokenFault fault, const std::vector<std::string>& headers) {
  for (const std::string& header : headers) {
    EXPECT_EQ(to_string(fault_of(compact(header, kPayload))), to_string(fault)) << header;
  }
}

void expect_payload_fault(TokenFault fault, const std::vector<std::string>& payloads) {
  for (const std::string& payload : payloads) {
    EXPECT_EQ(to_string(fault_of(compact(kHeader, payload))), to_string(fault)) << payload;
  }
}

TEST(UnverifiedToken, IsTheThreeParts) {
  const std::string text = compact(kHeader, kPayload);

  const auto token = parse_token(text);

  ASSERT_TRUE(token.has_value());
  EXPECT_EQ(token->algorithm, "ES256");
  EXPECT_EQ(token->kid, "a-ec");
  EXPECT_EQ(token->signature, "sig");
  EXPECT_EQ(token->signing_input, text.substr(0, text.rfind('.')));
  EXPECT_EQ(token->issuer(), "https://idp-a.test:8443");
}

TEST(UnverifiedToken, AcceptsEverySpellingOfAnAccessTokenType) {
  for (const char* typ : {"JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt"}) {
    const std::string header = R"({"alg":"ES256","typ":")" + std::string(typ) + R"("})";
    EXPECT_TRUE(parse_token(compact(header, kPayload)).has_value()) << typ;
  }
  EXPECT_TRUE(parse_token(compact(R"({"alg":"ES256"})", kPayload)).has_value());
}

TEST(UnverifiedToken, IgnoresKeysThatTheTokenBringsAlong) {
  const auto token = parse_token(compact(
      R"({"alg":"ES256","jku":"https://evil.test","x5u":"https://evil.test","jwk":{},"x5c":[]})",
      kPayload));

  ASSERT_TRUE(token.has_value());
  EXPECT_FALSE(token->kid.has_value());
}

// CVE-2015-9235: a token without a signature.
TEST(UnverifiedToken, RefusesOtherThanThreeSegments) {
  const std::string text = compact(kHeader, kPayload);
  const std::string unsigned_text = text.substr(0, text.rfind('.'));
  EXPECT_EQ(fault_of(unsigned_text), TokenFault::Segments);
  EXPECT_EQ(fault_of(unsigned_text + "."), TokenFault::Segments);
  for (const char* other : {"", "opaque", ".", "..", "a.b", "a.b.c.d", "a.b.c.d.e.f"}) {
    EXPECT_EQ(fault_of(other), TokenFault::Segments) << other;
  }
  EXPECT_EQ(fault_of(std::string(16'000, '.')), TokenFault::Segments);
}

TEST(UnverifiedToken, RefusesEncryptedTokens) {
  EXPECT_EQ(fault_of("eyJhbGciOiJkaXIifQ..aXY.Y3Q.dGFn"), TokenFault::JweUnsupported);
}

TEST(UnverifiedToken, RefusesLenientBase64) {
  const std::string text = compact(kHeader, kPayload);
  const std::string header = text.substr(0, text.find('.'));
  const std::string rest = text.substr(text.find('.'));
  for (const std::string& other :
       {header + "==" + rest, text + "==", text + "=", header + "+/" + rest, header + "\n" + rest,
        " " + text, text + "a", header.substr(1) + rest}) {
    EXPECT_EQ(fault_of(other), TokenFault::Base64url) << other;
  }
}

TEST(UnverifiedToken, RefusesSecondSpellingsOfTheLastCharacter) {
  // "c2ln" has no spare bits; "c2k" has two, and only "c2k" may spell these two bytes.
  EXPECT_TRUE(parse_token(base::to_base64url(kHeader) + "." + base::to_base64url(kPayload) + ".c2k")
                  .has_value());
  EXPECT_EQ(fault_of(base::to_base64url(kHeader) + "." + base::to_base64url(kPayload) + ".c2l"),
            TokenFault::Base64url);
}

TEST(UnverifiedToken, RefusesHeadersThatAreNoObject) {
  expect_header_fault(TokenFault::HeaderJson,
                      {R"(["alg","ES256"])", R"("ES256")", "null", "", "1", "{", "{}x",
                       R"({"alg":"ES256",})", "\xEF\xBB\xBF{\"alg\":\"ES256\"}"});
}

TEST(UnverifiedToken, RefusesRepeatedHeaderMembersInEitherOrder) {
  expect_header_fault(
      TokenFault::DuplicateKey,
      {R"({"alg":"ES256","alg":"none"})", R"({"alg":"none","alg":"ES256"})",
       R"({"alg":"ES256","\u0061lg":"none"})", R"({"alg":"ES256","x":{"a":1,"a":2}})"});
}

TEST(UnverifiedToken, RefusesOtherKindsOfToken) {
  expect_header_fault(
      TokenFault::Typ,
      {R"({"alg":"ES256","typ":"logout+jwt"})", R"({"alg":"ES256","typ":"dpop+jwt"})",
       R"({"alg":"ES256","typ":"secevent+jwt"})", R"({"alg":"ES256","typ":"JOSE+JSON"})",
       R"({"alg":"ES256","typ":5})", R"({"alg":"ES256","typ":null})", R"({"alg":"ES256","typ":""})",
       R"({"alg":"ES256","typ":"JWT "})"});
}

// CVE-2025-59420: unknown critical extensions ignored.
TEST(UnverifiedToken, RefusesCriticalExtensionsOfEveryForm) {
  expect_header_fault(
      TokenFault::Crit,
      {R"({"alg":"ES256","crit":["exp_custom"],"exp_custom":1})", R"({"alg":"ES256","crit":[]})",
       R"({"alg":"ES256","crit":"b64"})", R"({"alg":"ES256","crit":["alg"]})",
       R"({"alg":"ES256","crit":["nope"]})", R"({"alg":"ES256","crit":["b64"],"b64":false})",
       R"({"alg":"ES256","crit":null})"});
}

TEST(UnverifiedToken, RefusesAlgorithmsAndKeyNamesThatAreNoText) {
  expect_header_fault(TokenFault::Alg, {"{}", R"({"alg":null})", R"({"alg":["ES256"]})",
                                        R"({"alg":256,"kid":"a-ec"})"});
  expect_header_fault(TokenFault::UnknownKid,
                      {R"({"alg":"ES256","kid":5})", R"({"alg":"ES256","kid":null})"});
}

TEST(UnverifiedToken, RefusesPayloadsThatAreNoObject) {
  expect_payload_fault(TokenFault::PayloadJson,
                       {"[1]", R"("x")", "", "null", "{}{}", R"({"exp":NaN})", R"({"exp":01})",
                        R"({"sub":"\ud800"})"});
}

TEST(UnverifiedToken, RefusesRepeatedClaims) {
  expect_payload_fault(TokenFault::DuplicateKey,
                       {R"({"sub":"u-alice","sub":"u-olga"})", R"({"sub":"a","s\u0075b":"b"})",
                        R"({"realm_access":{"roles":[],"roles":["owner"]}})"});
}

TEST(UnverifiedToken, RefusesTextThatIsNotUtf8) {
  expect_payload_fault(TokenFault::Utf8,
                       {"{\"sub\":\"u-\xC3\x28\"}", "{\"sub\":\"\xED\xA0\x80\"}"});
}

TEST(UnverifiedToken, RefusesDeepNestingWithoutUsingTheStack) {
  const std::string deep = std::string(1000, '[') + std::string(1000, ']');
  expect_payload_fault(TokenFault::JsonDepth, {R"({"x":)" + deep + "}"});
  expect_header_fault(TokenFault::JsonDepth, {R"({"alg":"ES256","x":)" + deep + "}"});
}

// CVE-2025-61920: oversized segments are decoded before they are refused.
TEST(UnverifiedToken, RefusesMoreThan16KiBBeforeAnythingElse) {
  const std::string text = compact(kHeader, kPayload);
  const size_t pad = kMaxTokenBytes - text.size();

  EXPECT_NE(fault_of(text + std::string(pad, '!')), TokenFault::TokenTooLarge);
  EXPECT_EQ(fault_of(text + std::string(pad + 1, '!')), TokenFault::TokenTooLarge);
}

// CVE-2024-28176: compressed payloads inflate without bound.
TEST(UnverifiedToken, NeverInflates) {
  const std::string deflated("\xab\x56\x2a\x2d\x4e\x2d\x52\xb2\x52\x4a\x54\xaa\x05\x00", 14);
  const std::string text = compact(R"({"alg":"ES256","zip":"DEF"})", deflated);

  EXPECT_EQ(fault_of(text), TokenFault::PayloadJson);
}

}  // namespace
}  // namespace srasta::identity
