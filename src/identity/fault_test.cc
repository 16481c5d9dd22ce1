#include "identity/fault.h"

#include <gtest/gtest.h>

namespace srasta::identity {
namespace {

TEST(TokenFault, HasAReasonAndACodeEach) {
  for (int i = 0; i <= static_cast<int>(TokenFault::Tls); ++i) {
    const auto fault = static_cast<TokenFault>(i);
    EXPECT_FALSE(to_string(fault).empty()) << i;
    EXPECT_GE(status_of(public_code(fault)), 400) << i;
  }
}

TEST(TokenFault, TellsClientsNoMoreThanTheCode) {
  EXPECT_EQ(to_string(public_code(TokenFault::Signature)), "token_invalid");
  EXPECT_EQ(to_string(public_code(TokenFault::UnknownKid)), "token_invalid");
  EXPECT_EQ(to_string(public_code(TokenFault::Aud)), "token_invalid");
  EXPECT_EQ(to_string(public_code(TokenFault::Expired)), "token_expired");
}

TEST(PublicCode, HasTheStatusOfTheErrorTable) {
  const std::pair<TokenFault, std::pair<std::string_view, int>> rows[] = {
      {TokenFault::NoCredential, {"credentials_missing", 401}},
      {TokenFault::EmptyToken, {"credentials_malformed", 401}},
      {TokenFault::TwoCredentials, {"credentials_conflict", 400}},
      {TokenFault::DuplicateHeader, {"credentials_conflict", 400}},
      {TokenFault::CredentialInQuery, {"credential_in_query", 400}},
      {TokenFault::UnknownId, {"key_invalid", 401}},
      {TokenFault::NoTenant, {"tenant_missing", 403}},
      {TokenFault::NoRole, {"role_missing", 403}},
      {TokenFault::KeysStale, {"identity_unavailable", 503}},
      {TokenFault::IssuerMismatch, {"identity_unavailable", 503}},
      {TokenFault::KeysRefreshing, {"keys_refreshing", 503}},
  };
  for (const auto& [fault, expected] : rows) {
    EXPECT_EQ(to_string(public_code(fault)), expected.first);
    EXPECT_EQ(status_of(public_code(fault)), expected.second) << expected.first;
  }
}

TEST(TokenFault, HintsAtWhatAnOperatorCanDo) {
  EXPECT_NE(operator_hint(TokenFault::Segments).find("opaque"), std::string_view::npos);
  EXPECT_NE(operator_hint(TokenFault::GroupsOverage).find("app roles"), std::string_view::npos);
  EXPECT_EQ(operator_hint(TokenFault::Signature), "");
}

}  // namespace
}  // namespace srasta::identity
