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

  NonceSource nonces_{"0123456789abcdef", 1};

  std::expected<Forwarded, ForwardedFault> authenticate(const ForwardingKey& signed_by) {
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
                                       kNow);
  }

  std::string verdict(const ForwardingKey& signed_by) {
    const auto result = authenticate(signed_by);
    return result ? "accepted" : std::string(to_string(result.error()));
  }
};

TEST_F(ForwardedAuthenticatorTest, MakesACallerOfTheSignedPrincipal) {
  const auto result = authenticate(key("s-2", "supervisor now"));
  ASSERT_TRUE(result.has_value());
  const access::Caller& caller = *result->caller;
  EXPECT_TRUE(result->for_itself);
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

TEST_F(ForwardedAuthenticatorTest, GrantsAServiceNothingForRolesItDoesNotKnow) {
  principal_.roles = {base::RoleName("root")};
  head_.principal = encode_principal(principal_);
  const auto result = authenticate(key("s-2", "supervisor now"));
  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE(result->caller->permissions().empty());
}

TEST_F(ForwardedAuthenticatorTest, RefusesAServiceThatSpeaksAsAnother) {
  // memory holds a right key of its own, but says it is the supervisor.
  EXPECT_EQ(verdict(key("s-2", "memory")), "signature");
  head_.key_id = "m-1";
  EXPECT_EQ(verdict(key("m-1", "memory")), "signature");
}

TEST_F(ForwardedAuthenticatorTest, RefusesUnknownKeysAndReplays) {
  head_.key_id = "zz";
  EXPECT_EQ(verdict(key("zz", "supervisor now")), "key_id");
  head_.key_id = "s-2";
  EXPECT_EQ(verdict(key("s-2", "supervisor now")), "accepted");
  EXPECT_EQ(verdict(key("s-2", "supervisor now")), "replay");
}

TEST_F(ForwardedAuthenticatorTest, LetsAServiceActForItselfUnderItsOwnNameOnly) {
  for (const char* subject : {"svc:memory", "svc:", "svc:supervisor2"}) {
    principal_.subject = subject;
    head_.principal = encode_principal(principal_);
    head_.nonce = nonces_.next();
    EXPECT_EQ(verdict(key("s-2", "supervisor now")), "principal") << subject;
  }
  principal_ = {"svc:supervisor", base::TenantId("acme"), {base::RoleName("admin")}};
  head_.principal = encode_principal(principal_);
  head_.nonce = nonces_.next();
  EXPECT_EQ(verdict(key("s-2", "supervisor now")), "principal");
}

TEST_F(ForwardedAuthenticatorTest, TakesFromAServiceTheHeadOfItsOwnStreamOnly) {
  const std::string leaf(64, 'a');
  const auto shown = [&](const std::string& head, const ForwardingKey& signed_by) {
    head_.audit_head = head;
    head_.nonce = nonces_.next();
    return verdict(signed_by);
  };
  const ForwardingKey supervisor = key("s-2", "supervisor now");
  EXPECT_EQ(shown("install:3:" + leaf, supervisor), "accepted");
  EXPECT_EQ(shown("supervisor:3:" + leaf, supervisor), "malformed");
  EXPECT_EQ(shown("memory:3:" + leaf, supervisor), "malformed");
  head_.key_id = "m-1";
  head_.caller = "memory";
  principal_.subject = "svc:memory";
  head_.principal = encode_principal(principal_);
  EXPECT_EQ(shown("memory:3:" + leaf, key("m-1", "memory")), "accepted");
  EXPECT_EQ(shown("gateway:3:" + leaf, key("m-1", "memory")), "malformed");
}

TEST_F(ForwardedAuthenticatorTest, TakesNoUserForAServiceByItsName) {
  principal_.issuer = "https://idp.example";
  principal_.tenant = base::TenantId("acme");
  head_.principal = encode_principal(principal_);
  const auto result = authenticate(key("s-2", "supervisor now"));
  ASSERT_TRUE(result.has_value());
  EXPECT_FALSE(result->for_itself);
  EXPECT_EQ(result->caller->kind(), access::CallerKind::User);
}

TEST_F(ForwardedAuthenticatorTest, WidensNoServiceBeyondItsRoles) {
  principal_.permissions =
      access::PermissionSet{access::Permission::AdminRead, access::Permission::InferenceInvoke};
  head_.principal = encode_principal(principal_);
  const auto result = authenticate(key("s-2", "supervisor now"));
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->caller->permissions(), access::PermissionSet{access::Permission::AdminRead});
}

// Roles of access.roles, and built-in ones with other permissions, are known to the sender alone.
TEST_F(ForwardedAuthenticatorTest, TakesThePassedOnPermissionsOfWhomItActsForWhateverHisRoles) {
  const access::PermissionSet signed_ones{access::Permission::RagRead,
                                          access::Permission::InferenceInvoke};
  for (const char* role : {"of-our-own", "auditor"}) {
    principal_ = {.subject = "u-dev",
                  .tenant = base::TenantId("acme"),
                  .roles = {base::RoleName(role)},
                  .issuer = "https://idp.example",
                  .permissions = signed_ones,
                  .personas = {"reader"}};
    head_.principal = encode_principal(principal_);
    head_.nonce = nonces_.next();
    const auto result = authenticate(key("s-2", "supervisor now"));
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->caller->permissions(), signed_ones) << role;
    EXPECT_EQ(result->caller->personas(), std::vector<std::string>{"reader"});
  }
}

TEST_F(ForwardedAuthenticatorTest, GivesNobodyToolsWithoutAPersona) {
  const access::PermissionSet passed_on{access::Permission::RagRead, access::Permission::ToolsRun};
  principal_ = {.subject = "u-dev",
                .tenant = base::TenantId("acme"),
                .roles = {base::RoleName("developer")},
                .issuer = "https://idp.example",
                .permissions = passed_on};
  const auto permitted = [&](std::vector<std::string> personas) {
    principal_.personas = std::move(personas);
    head_.principal = encode_principal(principal_);
    head_.nonce = nonces_.next();
    const auto result = authenticate(key("s-2", "supervisor now"));
    return result ? result->caller->permissions() : access::PermissionSet::everything();
  };
  EXPECT_EQ(permitted({}), access::PermissionSet{access::Permission::RagRead});
  EXPECT_EQ(permitted({"coder"}), passed_on);

  principal_ = {"svc:supervisor", base::TenantId("platform"), {base::RoleName("developer")}};
  EXPECT_FALSE(permitted({}).contains(access::Permission::ToolsRun));
}

TEST_F(ForwardedAuthenticatorTest, PermitsNothingToSomebodyWithoutPassedOnPermissions) {
  for (const char* issuer : {"https://idp.example", ""}) {
    principal_ = {.subject = "u-dev",
                  .tenant = base::TenantId("acme"),
                  .roles = {base::RoleName("developer")},
                  .issuer = issuer};
    head_.principal = encode_principal(principal_);
    head_.nonce = nonces_.next();
    const auto result = authenticate(key("s-2", "supervisor now"));
    ASSERT_TRUE(result.has_value());
    EXPECT_TRUE(result->caller->permissions().empty()) << issuer;
  }
}

TEST_F(ForwardedAuthenticatorTest, PromisesAHeldBody) {
  head_.body_mode = body_mode_of("body");
  const auto result = authenticate(key("s-2", "supervisor now"));
  ASSERT_TRUE(result.has_value());
  EXPECT_FALSE(result->body.is_streamed());
  EXPECT_TRUE(result->body.kept_by(4, crypto::sha256("body"), std::nullopt));
  EXPECT_FALSE(result->body.kept_by(4, crypto::sha256("bodY"), std::nullopt));
}

TEST_F(ForwardedAuthenticatorTest, PromisesAStreamedBody) {
  head_.body_mode = kStreamedBody;
  head_.key_id = "s-1";
  const ForwardingKey previous = key("s-1", "supervisor before");
  const auto result = authenticate(previous);
  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE(result->body.is_streamed());
  const crypto::Digest body = crypto::sha256("body");
  const std::string mac = body_mac(sign_forwarded(head_, previous), 4, body, previous);
  EXPECT_TRUE(result->body.kept_by(4, body, mac));
  EXPECT_FALSE(result->body.kept_by(5, body, mac));
  EXPECT_FALSE(result->body.kept_by(4, crypto::sha256("bodY"), mac));
  EXPECT_FALSE(result->body.kept_by(4, body, std::nullopt));
}

TEST_F(ForwardedAuthenticatorTest, TellsWhetherAPersonAMachineOrAKeyActs) {
  using access::CallerKind;
  const auto acts = [&](ForwardedPrincipal principal) {
    head_.principal = encode_principal(principal);
    head_.nonce = nonces_.next();
    const auto result = authenticate(key("s-2", "supervisor now"));
    return result ? std::pair(result->caller->kind(), result->caller->key_id())
                  : std::pair(CallerKind::User, std::string("refused"));
  };
  ForwardedPrincipal somebody{.subject = "ci",
                              .tenant = base::TenantId("acme"),
                              .roles = {base::RoleName("developer")},
                              .issuer = "https://idp.example"};
  EXPECT_EQ(acts(somebody), std::pair(CallerKind::User, std::string()));
  somebody.machine = true;
  EXPECT_EQ(acts(somebody), std::pair(CallerKind::Service, std::string()));
  somebody.key_id = "nipko7krr6g4";
  EXPECT_EQ(acts(somebody), std::pair(CallerKind::Service, somebody.key_id));
  // A sender that is older than `kind`.
  somebody.machine = false;
  EXPECT_EQ(acts(somebody), std::pair(CallerKind::Service, somebody.key_id));
  // Services have no API keys.
  principal_.key_id = "nipko7krr6g4";
  EXPECT_EQ(acts(principal_), std::pair(CallerKind::Service, std::string()));
}

TEST(ForwardedPrincipal, IsRefusedWithAnUnknownKindOrNoKey) {
  const auto reads = [](std::string_view members) {
    return parse_principal(base::to_base64url(R"({"sub":"u","tenant":"t","roles":[],"iss":"i",)" +
                                              std::string(members) + "}"))
        .has_value();
  };
  EXPECT_TRUE(reads(R"("kind":"user")"));
  EXPECT_TRUE(reads(R"("kind":"service","key":"k")"));
  for (const char* members : {R"("kind":"")", R"("kind":"robot")", R"("kind":1)", R"("kind":null)",
                              R"("key":"")", R"("key":7)", R"("key":"a\u0000b")"}) {
    EXPECT_FALSE(reads(members)) << members;
  }
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
  EXPECT_TRUE(read->groups.empty() && read->delegates.empty());
}

TEST(ForwardedPrincipal, CarriesGroupsAndWhoActs) {
  const ForwardedPrincipal written{.subject = "u-dev",
                                   .tenant = base::TenantId("acme"),
                                   .roles = {base::RoleName("developer")},
                                   .issuer = "https://idp",
                                   .groups = {"/acme/devs", "ops"},
                                   .delegates = {{"https://idp", "tool"}, {"local", "agent"}}};
  const auto read = parse_principal(encode_principal(written));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->groups, written.groups);
  EXPECT_EQ(read->delegates, written.delegates);
}

TEST(ForwardedPrincipal, IsRefusedWhenItDoesNotSayWhoActs) {
  const auto reads = [](const std::string& act) {
    return parse_principal(
               base::to_base64url(R"({"sub":"u","tenant":"t","roles":[],"iss":"i","act":)" + act +
                                  "}"))
        .has_value();
  };
  const std::string one = R"({"iss":"i","sub":"a"})";
  EXPECT_TRUE(reads("[]"));
  EXPECT_TRUE(reads("[" + one + "," + one + "," + one + "]"));
  for (const std::string& act :
       {std::string("null"), one, std::string("[5]"), std::string(R"([{"sub":"a"}])"),
        std::string(R"([{"iss":"i"}])"), std::string(R"([{"iss":"","sub":"a"}])"),
        std::string(R"([{"iss":"i","sub":"a\n"}])"),
        "[" + one + "," + one + "," + one + "," + one + "]"}) {
    EXPECT_FALSE(reads(act)) << act;
  }
}

}  // namespace
}  // namespace srasta::identity
