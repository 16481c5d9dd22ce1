#include "identity/fault.h"

#include <gtest/gtest.h>

namespace srasta::identity {
namespace {

TEST(TokenFault, HasAReasonEach) {
  for (int i = 0; i <= static_cast<int>(TokenFault::Tls); ++i) {
    const auto fault = static_cast<TokenFault>(i);
    EXPECT_FALSE(to_string(fault).empty()) << i;
  }
}

TEST(TokenFault, TellsClientsNoMoreThanTheCode) {
  EXPECT_EQ(public_code(TokenFault::Signature), PublicCode::TokenInvalid);
  EXPECT_EQ(public_code(TokenFault::UnknownKid), PublicCode::TokenInvalid);
  EXPECT_EQ(public_code(TokenFault::Aud), PublicCode::TokenInvalid);
  EXPECT_EQ(public_code(TokenFault::Expired), PublicCode::TokenExpired);
}

TEST(TokenFault, HasThePublicCodeOfItsKind) {
  const std::pair<TokenFault, PublicCode> rows[] = {
      {TokenFault::NoCredential, PublicCode::CredentialsMissing},
      {TokenFault::EmptyToken, PublicCode::CredentialsMalformed},
      {TokenFault::TwoCredentials, PublicCode::CredentialsConflict},
      {TokenFault::DuplicateHeader, PublicCode::CredentialsConflict},
      {TokenFault::CredentialInQuery, PublicCode::CredentialInQuery},
      {TokenFault::UnknownId, PublicCode::KeyInvalid},
      {TokenFault::NoTenant, PublicCode::TenantMissing},
      {TokenFault::NoRole, PublicCode::RoleMissing},
      {TokenFault::KeysStale, PublicCode::IdentityUnavailable},
      {TokenFault::IssuerMismatch, PublicCode::IdentityUnavailable},
      {TokenFault::KeysRefreshing, PublicCode::KeysRefreshing},
  };
  for (const auto& [fault, code] : rows) EXPECT_EQ(public_code(fault), code) << to_string(fault);
}

TEST(TokenFault, HintsAtWhatAnOperatorCanDo) {
  EXPECT_NE(operator_hint(TokenFault::Segments).find("opaque"), std::string_view::npos);
  EXPECT_NE(operator_hint(TokenFault::GroupsOverage).find("app roles"), std::string_view::npos);
  EXPECT_EQ(operator_hint(TokenFault::Signature), "");
}

}  // namespace
}  // namespace srasta::identity
