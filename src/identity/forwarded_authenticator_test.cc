#include "identity/forwarded_authenticator.h"

#include "base/encoding.h"
#include "identity/forwarded_principal.h"

#include <gtest/gtest.h>

namespace srasta::identity {
namespace {

constexpr base::WallTime kStarted{base::Seconds(1'795'510'000)};
constexpr base::WallTime kNow{base::Seconds(1'795'510'800)};

ForwardingKey key(const std::string& id, const std::string& secret) {
  return {.id = id, .secret = base::Secret(secret)};
}

std::vector<ForwardingPeer> peers() {
  std::vector<ForwardingPeer> all;
  all.push_back({"supervisor", key("s-2", "supervisor now"), key("s-1", "supervisor before")});
  all.push_back({"memory", key("m-1", "memory"), std::nullopt});
  return all;
}

class ForwardedAuthenticatorTest : public testing::Test {
 protected:
  ForwardedAuthenticator authenticator_{peers(), access::RoleTable::built_in(), kStarted};
  ForwardedPrincipal principal_{
      "svc:supervisor", base::TenantId("platform"), {base::RoleName("admin")}};
  ForwardedHead head_{.caller = "supervisor",
                      .callee = "gateway",
                      .method = "GET",
                      .target = "/internal/health",
                      .content_type = {},
                      .content_length = {},
                      .principal = encode_principal(principal_),
                      .request_id = "01J0000000000000000000000",
                      .timestamp_ms = 1'795'510'800'000,
                      .nonce = "0123456789abcdef-0.1",
                      .audit_head = "-",
                      .body_mode = body_mode_of(""),
                      .key_id = "s-2"};

  std::expected<std::shared_ptr<const access::Caller>, ForwardedFault> authenticate(
      const ForwardingKey& signed_by, std::string_view body = {}) {
    const auto owned = forwarded_fields(head_, sign_forwarded(head_, signed_by));
    const std::vector<std::pair<std::string_view, std::string_view>> fields(owned.begin(),
                                                                            owned.end());
    return authenticator_.authenticate(fields,
                                       {.caller = "anybody",
                                        .callee = "gateway",
                                        .method = "GET",
                                        .target = "/internal/health",
                                        .content_type = {},
                                        .content_length = {}},
                                       crypto::sha256(body), kNow);
  }

  std::string verdict(const ForwardingKey& signed_by, std::string_view body = {}) {
    const auto result = authenticate(signed_by, body);
    return result ? "accepted" : std::string(to_string(result.error()));
  }
};

TEST_F(ForwardedAuthenticatorTest, MakesACallerOfTheSignedPrincipal) {
  const auto result = authenticate(key("s-2", "supervisor now"));
  ASSERT_TRUE(result.has_value());
  const access::Caller& caller = **result;
  EXPECT_EQ(caller.subject(), "svc:supervisor");
  EXPECT_EQ(caller.tenant().view(), "platform");
  EXPECT_EQ(caller.kind(), access::CallerKind::Service);
  EXPECT_EQ(caller.issuer(), "srasta:supervisor");
  EXPECT_TRUE(caller.permissions().contains(access::Permission::AdminRead));
  EXPECT_FALSE(caller.permissions().contains(access::Permission::InferenceInvoke));
}

TEST_F(ForwardedAuthenticatorTest, AcceptsThePreviousKeyDuringARotation) {
  head_.key_id = "s-1";
  EXPECT_EQ(verdict(key("s-1", "supervisor before")), "accepted");
}

TEST_F(ForwardedAuthenticatorTest, GrantsNothingForRolesItDoesNotKnow) {
  principal_.roles = {base::RoleName("root")};
  head_.principal = encode_principal(principal_);
  const auto result = authenticate(key("s-2", "supervisor now"));
  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE((*result)->permissions().empty());
}

TEST_F(ForwardedAuthenticatorTest, RefusesAServiceThatSpeaksAsAnother) {
  // memory holds a right key of its own, but says it is the supervisor.
  EXPECT_EQ(verdict(key("s-2", "memory")), "signature");
  head_.key_id = "m-1";
  EXPECT_EQ(verdict(key("m-1", "memory")), "signature");
}

TEST_F(ForwardedAuthenticatorTest, RefusesUnknownKeysOtherBodiesAndReplays) {
  head_.key_id = "zz";
  EXPECT_EQ(verdict(key("zz", "supervisor now")), "key_id");
  head_.key_id = "s-2";
  EXPECT_EQ(verdict(key("s-2", "supervisor now"), "another body"), "body_hash");
  EXPECT_EQ(verdict(key("s-2", "supervisor now")), "replay");
}

TEST_F(ForwardedAuthenticatorTest, RefusesAStreamedBody) {
  head_.body_mode = kStreamedBody;
  EXPECT_EQ(verdict(key("s-2", "supervisor now")), "body_hash");
}

TEST(ForwardedPrincipal, IsReadAsItWasWritten) {
  const ForwardedPrincipal written{
      "u-dev", base::TenantId("acme"), {base::RoleName("developer"), base::RoleName("user")}};
  const auto read = parse_principal(encode_principal(written));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->subject, "u-dev");
  EXPECT_EQ(read->tenant.view(), "acme");
  EXPECT_EQ(read->roles, written.roles);
  EXPECT_FALSE(read->is_service());
}

}  // namespace
}  // namespace srasta::identity
