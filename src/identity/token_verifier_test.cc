#include "identity/token_verifier.h"

#include "base/encoding.h"
#include "crypto/hash.h"
#include "identity/test_tokens.h"

#include <gtest/gtest.h>

namespace srasta::identity {
namespace {

using crypto::Algorithm;

constexpr Algorithm kEvery[] = {Algorithm::RS256, Algorithm::RS384, Algorithm::RS512,
                                Algorithm::PS256, Algorithm::PS384, Algorithm::PS512,
                                Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA};

TokenVerifier verifier() {
  return TokenVerifier({.claims = {.issuer = std::string(kIssuerA), .audiences = {"srasta-api"}},
                        .algorithms = {std::begin(kEvery), std::end(kEvery)}});
}

std::string result_of(const std::expected<Claims, TokenFault>& result) {
  return result ? "accepted" : std::string(to_string(result.error()));
}

std::string check(std::string_view token, const KeySet& keys) {
  return result_of(verifier().verify(token, keys, kNow));
}

std::string with_signature(std::string_view token, std::string_view signature) {
  return std::string(token.substr(0, token.rfind('.') + 1)) + base::to_base64url(signature);
}

std::string signature_of(std::string_view token) {
  return *base::from_base64url(token.substr(token.rfind('.') + 1));
}

/// The provider of most cases: one EC, one P-384 and one Ed25519 key.
struct Provider {
  NamedKey ec = make_key("a-ec", Algorithm::ES256);
  NamedKey ec384 = make_key("a-ec384", Algorithm::ES384);
  NamedKey ed = make_key("a-ed", Algorithm::EdDSA);
  KeySet keys = key_set_of({ec.jwk(), ec384.jwk(), ed.jwk()});
};

/// One RSA key under three names, with and without an algorithm of its own.
struct RsaProvider {
  NamedKey rsa = make_key("a-rsa", Algorithm::RS256);
  NamedKey other = make_key("a-ec", Algorithm::ES256);
  KeySet keys = key_set_of({rsa.jwk(R"("alg":"RS256")"), renamed("a-rsa0", ""),
                            renamed("a-ps", R"("alg":"PS256",)"), other.jwk()});

  [[nodiscard]] std::string renamed(const std::string& kid, const std::string& more) const {
    return rsa.key.jwk(more + R"("kid":")" + kid + '"');
  }
  [[nodiscard]] std::string token(const std::string& kid, Algorithm algorithm) const {
    const std::string header =
        R"({"alg":")" + std::string(to_string(algorithm)) + R"(","kid":")" + kid + R"("})";
    const std::string input = base::to_base64url(header) + "." + base::to_base64url(payload_of());
    return input + "." + base::to_base64url(rsa.key.sign(algorithm, input));
  }
};

TEST(TokenVerifier, AcceptsTheEllipticAlgorithms) {
  const Provider a;

  EXPECT_EQ(check(token_by(a.ec), a.keys), "accepted");
  EXPECT_EQ(check(token_by(a.ec384), a.keys), "accepted");
  EXPECT_EQ(check(token_by(a.ed), a.keys), "accepted");
}

TEST(TokenVerifier, AcceptsTheRsaAlgorithms) {
  const RsaProvider a;

  EXPECT_EQ(check(a.token("a-rsa", Algorithm::RS256), a.keys), "accepted");
  EXPECT_EQ(check(a.token("a-ps", Algorithm::PS256), a.keys), "accepted");
  for (const auto algorithm : {Algorithm::RS384, Algorithm::RS512, Algorithm::PS384}) {
    EXPECT_EQ(check(a.token("a-rsa0", algorithm), a.keys), "accepted") << to_string(algorithm);
  }
}

TEST(TokenVerifier, AcceptsTheTokenOfRfc7515A3) {
  const KeySet keys = key_set_of({R"({"kty":"EC","crv":"P-256",
      "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
      "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})"});
  const auto token = parse_token(
      "eyJhbGciOiJFUzI1NiJ9"
      ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"
      "cnVlfQ"
      ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");
  ASSERT_TRUE(token.has_value());

  const auto candidates = keys.choose(token->kid, Algorithm::ES256);

  ASSERT_TRUE(candidates.has_value());
  EXPECT_TRUE(
      candidates->keys()[0]->verify(Algorithm::ES256, token->signing_input, token->signature));
}

TEST(TokenVerifier, RefusesAlgNoneInEverySpelling) {
  const Provider a;
  for (const char* name : {"none", "None", "NONE", "nOnE", ""}) {
    const std::string header = R"({"alg":")" + std::string(name) + R"(","kid":"a-ec"})";
    EXPECT_EQ(check(raw_token(header, payload_of(), a.ec), a.keys), "alg") << name;
  }
}

// CVE-2016-5431, CVE-2016-10555, CVE-2022-29217, CVE-2024-54150: HMAC with the public key.
TEST(TokenVerifier, RefusesHmacWithThePublicKeyAsSecret) {
  const Provider a;
  for (const std::string& secret :
       {a.ec.key.public_pem(), a.ec.jwk(), a.ed.key.public_pem(), std::string(),
        std::string("secret"), std::string("null"), std::string(32, '\0')}) {
    for (const char* header : {R"({"alg":"HS256","kid":"a-ec"})", R"({"alg":"HS256"})"}) {
      const std::string input = base::to_base64url(header) + "." + base::to_base64url(payload_of());
      const auto mac = crypto::hmac_sha256(secret, input);
      EXPECT_EQ(check(input + "." + base::to_base64url(crypto::bytes_of(mac)), a.keys), "alg");
    }
  }
}

TEST(TokenVerifier, RefusesAlgorithmsByInexactName) {
  const Provider a;
  for (const char* name : {"es256", "ES256 ", "ES-256", "RS1", "ES512", "ES256K", "HS512"}) {
    EXPECT_EQ(check(token_by(a.ec, {}, {{"alg", '"' + std::string(name) + '"'}}), a.keys), "alg");
  }
}

TEST(TokenVerifier, RefusesAlgorithmsThatAreNotConfigured) {
  const Provider a;
  const TokenVerifier only_rsa(
      {.claims = {.issuer = std::string(kIssuerA), .audiences = {"srasta-api"}},
       .algorithms = {Algorithm::RS256}});

  EXPECT_EQ(result_of(only_rsa.verify(token_by(a.ec), a.keys, kNow)), "alg");
}

// CVE-2022-23541: the token chooses the kind of key.
TEST(TokenVerifier, LetsTheKeyDecideTheAlgorithm) {
  const Provider a;
  const RsaProvider r;
  const auto claim = [](const char* alg) { return Members{{"alg", '"' + std::string(alg) + '"'}}; };

  EXPECT_EQ(check(token_by(a.ec, {}, claim("RS256")), a.keys), "alg_key_mismatch");
  EXPECT_EQ(check(token_by(a.ec, {}, claim("EdDSA")), a.keys), "alg_key_mismatch");
  EXPECT_EQ(check(token_by(a.ec384, {}, claim("ES256")), a.keys), "alg_key_mismatch");
  EXPECT_EQ(check(r.token("a-rsa", Algorithm::PS256), r.keys), "alg_key_mismatch");
  EXPECT_EQ(check(r.token("a-rsa", Algorithm::RS512), r.keys), "alg_key_mismatch");
  EXPECT_EQ(check(r.token("a-rsa", Algorithm::ES256), r.keys), "alg_key_mismatch");
}

// CVE-2018-0114: a key in the token's own header.
TEST(TokenVerifier, NeverUsesKeysFromTheToken) {
  const Provider a;
  const NamedKey attacker = make_key("a-ec", Algorithm::ES256);

  EXPECT_EQ(check(token_by(attacker, {}, {{"jwk", attacker.key.jwk()}}), a.keys), "signature");
  EXPECT_EQ(
      check(token_by(attacker, {}, {{"kid", R"("x")"}, {"jku", R"("https://evil.test")"}}), a.keys),
      "unknown_kid");
}

TEST(TokenVerifier, RefusesKeyNamesThatArePathsUrlsOrCutByANul) {
  const Provider a;
  for (const char* kid :
       {"../../../../../../dev/null", "/proc/self/environ", "file:///etc/hostname", "a-ec/../a-ec",
        "|/bin/id", "http://169.254.169.254/latest/meta-data/", R"(a-ec\u0000zzz)", "A-EC", "a-ec ",
        ""}) {
    EXPECT_EQ(check(token_by(a.ec, {}, {{"kid", '"' + std::string(kid) + '"'}}), a.keys),
              "unknown_kid")
        << kid;
  }
}

TEST(TokenVerifier, AcceptsAMissingKidOnlyWhileOneKeyFits) {
  const Provider a;
  const NamedKey second = make_key("a-ec2", Algorithm::ES256);
  const std::string token = token_by(a.ec, {}, {{"kid", ""}});

  EXPECT_EQ(check(token, a.keys), "accepted");
  EXPECT_EQ(check(token, key_set_of({a.ec.jwk(), second.jwk()})), "kid_missing");
  EXPECT_EQ(check(token, key_set_of({a.ed.jwk()})), "kid_missing");
}

TEST(TokenVerifier, TriesAtMostTwoKeysOfOneName) {
  const NamedKey first = make_key("a-dup", Algorithm::ES256);
  const NamedKey second = make_key("a-dup", Algorithm::ES256);
  const NamedKey third = make_key("a-dup", Algorithm::ES256);
  const NamedKey other_type = make_key("a-dup", Algorithm::EdDSA);
  const KeySet two = key_set_of({first.jwk(), other_type.jwk(), second.jwk()});
  const KeySet three = key_set_of({first.jwk(), second.jwk(), third.jwk()});

  EXPECT_EQ(check(token_by(first), two), "accepted");
  EXPECT_EQ(check(token_by(second), two), "accepted");
  EXPECT_EQ(check(token_by(other_type), two), "accepted");
  EXPECT_EQ(check(token_by(first), three), "kid_ambiguous");
}

TEST(TokenVerifier, RefusesTheWrongKeyAndChangedPayloads) {
  const Provider a;
  const NamedKey attacker = make_key("a-ec", Algorithm::ES256);
  const std::string token = token_by(a.ec);
  const std::string other = token_by(a.ec, {{"roles", R"(["owner"])"}});

  EXPECT_EQ(check(token_by(attacker), a.keys), "signature");
  EXPECT_EQ(check(with_signature(other, signature_of(token)), a.keys), "signature");
}

// CVE-2022-21449: "psychic signatures", zeros that verify everything.
TEST(TokenVerifier, RefusesDegenerateEcdsaSignatures) {
  const Provider a;
  const std::string token = token_by(a.ec);
  const std::string good = signature_of(token);
  const std::string r = good.substr(0, 32);
  const std::string s = good.substr(32);
  const std::string zero(32, '\0');
  const std::string order =
      *base::from_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");

  for (const std::string& signature :
       {zero + zero, zero + s, r + zero, order + s, r + order, good + zero.substr(0, 1),
        good.substr(0, 63), good.substr(1), std::string("\x30\x06\x02\x01\x01\x02\x01\x01", 8)}) {
    EXPECT_EQ(check(with_signature(token, signature), a.keys), "signature");
  }
}

TEST(TokenVerifier, RefusesEd25519SignaturesWithALargeScalar) {
  const Provider a;
  const std::string token = token_by(a.ed);
  std::string signature = signature_of(token);
  const std::string group_order =
      *base::from_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  unsigned carry = 0;
  for (size_t i = 0; i < 32; ++i) {
    carry += static_cast<uint8_t>(signature[32 + i]) + static_cast<uint8_t>(group_order[i]);
    signature[32 + i] = static_cast<char>(carry & 255);
    carry >>= 8;
  }

  EXPECT_EQ(check(with_signature(token, signature), a.keys), "signature");
}

TEST(TokenVerifier, RefusesRsaSignaturesOfAnotherLengthOrSalt) {
  const RsaProvider a;
  const std::string token = a.token("a-rsa", Algorithm::RS256);
  const std::string good = signature_of(token);
  EXPECT_EQ(check(with_signature(token, std::string(1, '\0') + good), a.keys), "signature");
  EXPECT_EQ(check(with_signature(token, good.substr(1)), a.keys), "signature");

  const std::string pss = a.token("a-ps", Algorithm::PS256);
  const std::string_view input(pss.data(), pss.rfind('.'));
  for (const int salt : {0, 222}) {
    const std::string signature = a.rsa.key.sign(Algorithm::PS256, input, salt);
    EXPECT_EQ(check(with_signature(pss, signature), a.keys), "signature") << salt;
  }
}

TEST(TokenVerifier, RefusesEveryTokenThatIsCutAndFilledUp) {
  const Provider a;
  const std::string token = token_by(a.ec);
  for (size_t kept = 1; kept < token.size(); ++kept) {
    std::string other = token;
    for (size_t i = kept; i < other.size(); ++i) other[i] = other[i] == 'A' ? 'B' : 'A';
    EXPECT_NE(check(other, a.keys), "accepted") << kept;
  }
}

TEST(TokenVerifier, JudgesClaimsOnlyAfterTheSignature) {
  const Provider a;
  const NamedKey attacker = make_key("a-ec", Algorithm::ES256);
  const Members expired = {{"exp", "0"}};

  EXPECT_EQ(check(token_by(attacker, expired), a.keys), "signature");
  EXPECT_EQ(check(token_by(a.ec, expired), a.keys), "expired");
  EXPECT_EQ(check(token_by(a.ec, {{"aud", R"("other")"}}), a.keys), "aud");
}

}  // namespace
}  // namespace srasta::identity
