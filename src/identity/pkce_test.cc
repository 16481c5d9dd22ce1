#include "identity/pkce.h"

#include <string>

#include <gtest/gtest.h>

namespace srasta::identity {
namespace {

// RFC 7636 appendix B.
constexpr std::string_view kVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
constexpr std::string_view kChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

TEST(Pkce, AgreesWithTheExampleOfTheRfc) {
  EXPECT_TRUE(is_pkce_challenge(kChallenge));
  EXPECT_EQ(pkce_challenge(kVerifier), kChallenge);
  EXPECT_TRUE(proves_pkce(kVerifier, kChallenge));
}

TEST(Pkce, IsNotProvedByTheChallengeItself) {
  EXPECT_FALSE(proves_pkce(kChallenge, kChallenge));
}

TEST(Pkce, RefusesVerifiersOfOtherForms) {
  const std::string verifier(kVerifier);
  for (const std::string& other : {std::string(), verifier.substr(1), verifier + "a",
                                   verifier.substr(1) + "+", verifier + std::string(100, 'a')}) {
    EXPECT_FALSE(proves_pkce(other, kChallenge)) << other;
  }
}

TEST(Pkce, RefusesChallengesOfOtherForms) {
  const std::string challenge(kChallenge);
  for (const std::string& other : {std::string(), challenge.substr(1), challenge + "A",
                                   challenge.substr(1) + "+", challenge.substr(1) + "="}) {
    EXPECT_FALSE(is_pkce_challenge(other)) << other;
  }
}

}  // namespace
}  // namespace srasta::identity
