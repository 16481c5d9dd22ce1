#include "access/snapshot.h"

#include "access/compile.h"

#include <cstring>

#include <gtest/gtest.h>

namespace srasta::access {
namespace {

constexpr std::string_view kKey = "0123456789abcdef0123456789abcdef";

AccessRules some_rules() {
  AccessRules rules;
  rules.revision = 7;
  rules.source = crypto::sha256("source");
  rules.roles.set(base::RoleName("infer"), {Permission::InferenceInvoke});
  rules.tenants = {{base::TenantId("acme"), false}, {base::TenantId("globex"), true}};
  rules.models = {{base::RoleName("user"), {"general", "qwen3-*"}}, {base::RoleName("infer"), {}}};
  rules.personas["reviewer"] = {{Permission::InferenceInvoke}, std::vector<std::string>{"general"}};
  rules.personas["any"] = {};
  rules.issuer_keys = {R"({"kty":"EC"})", "{}"};
  for (int i = 0; i < 100; ++i) {
    const std::string name = "u-" + std::to_string(i);
    rules.users[principal_bytes("local", "acme", name)] = {
        .disabled = i % 2 == 0, .deny_roles = {base::RoleName("role-" + std::to_string(i))}};
  }
  for (char c = 'a'; c <= 'z'; ++c) {
    rules.keys[std::string(12, c)] = {.secret = crypto::sha256(std::string(1, c)),
                                      .subject = std::string("k-") + c,
                                      .tenant = base::TenantId("acme"),
                                      .roles = {base::RoleName("user")},
                                      .networks = {*config::parse_address_block("10.0.0.0/8")},
                                      .expires = 1'900'000'000};
  }
  return rules;
}

base::Result<std::shared_ptr<const AccessSnapshot>> open(std::string bytes,
                                                         std::string_view key = kKey) {
  return AccessSnapshot::open(std::move(bytes), key);
}

TEST(AccessSnapshot, GivesBackWhatItWasMadeFrom) {
  const auto opened = open(encode_snapshot(some_rules(), 42, kKey));

  ASSERT_TRUE(opened.ok()) << opened.error().message;
  const AccessSnapshot& snapshot = **opened;
  EXPECT_EQ(snapshot.epoch(), 42U);
  EXPECT_EQ(snapshot.revision(), 7U);
  EXPECT_EQ(snapshot.source(), crypto::sha256("source"));
  EXPECT_EQ(snapshot.roles().permissions_of(base::RoleName("infer")),
            PermissionSet{Permission::InferenceInvoke});
  EXPECT_EQ(snapshot.roles().permissions_of(base::RoleName("user")),
            RoleTable::built_in().permissions_of(base::RoleName("user")));
  using State = AccessSnapshot::TenantState;
  EXPECT_EQ(snapshot.tenant(base::TenantId("acme")), State::Active);
  EXPECT_EQ(snapshot.tenant(base::TenantId("globex")), State::Suspended);
  EXPECT_EQ(snapshot.tenant(base::TenantId("initech")), State::Unknown);
  EXPECT_EQ(snapshot.models_of({base::RoleName("infer"), base::RoleName("user")}),
            (std::vector<std::string>{"general", "qwen3-*"}));
  EXPECT_EQ(snapshot.models_of({base::RoleName("owner")}), std::vector<std::string>{});
  EXPECT_EQ(snapshot.issuer_keys(), some_rules().issuer_keys);
  ASSERT_NE(snapshot.persona("reviewer"), nullptr);
  EXPECT_EQ(snapshot.persona("reviewer")->models, std::vector<std::string>{"general"});
  EXPECT_EQ(snapshot.persona("any")->models, std::nullopt);
  EXPECT_EQ(snapshot.persona("none"), nullptr);
}

TEST(AccessSnapshot, FindsEveryUserAndKeyAndNoOther) {
  const auto snapshot = *open(encode_snapshot(some_rules(), 1, kKey));

  EXPECT_EQ(snapshot->users(), 100U);
  for (int i = 0; i < 100; ++i) {
    const std::string name = "u-" + std::to_string(i);
    const auto user = snapshot->user(principal_bytes("local", "acme", name));
    ASSERT_TRUE(user.has_value());
    EXPECT_EQ(user->disabled, i % 2 == 0);
    EXPECT_EQ(user->deny_roles, std::vector{base::RoleName("role-" + std::to_string(i))});
    EXPECT_FALSE(snapshot->user(principal_bytes("local", "globex", name)));
  }
  EXPECT_EQ(snapshot->keys(), 26U);
  const auto key = snapshot->key("mmmmmmmmmmmm");
  ASSERT_TRUE(key.has_value());
  EXPECT_EQ(key->secret, crypto::sha256("m"));
  EXPECT_EQ(key->subject, "k-m");
  EXPECT_EQ(key->models, std::nullopt);
  EXPECT_EQ(key->expires, 1'900'000'000);
  EXPECT_TRUE(key->networks.at(0).contains(*config::parse_ip("10.2.3.4")));
  EXPECT_FALSE(snapshot->key("mmmmmmmmmmm"));
  EXPECT_FALSE(snapshot->key("mmmmmmmmmmm2"));
}

TEST(AccessSnapshot, IsRefusedWithAnyByteChanged) {
  const std::string bytes = encode_snapshot(some_rules(), 1, kKey);
  for (size_t i = 0; i < bytes.size(); i += 7) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(open(changed).ok()) << i;
    EXPECT_FALSE(open(bytes.substr(0, i)).ok()) << i;
  }
  EXPECT_EQ(open(bytes, "another key").error().code, base::Code::Denied);
  EXPECT_EQ(open(bytes + "x").error().code, base::Code::Denied);
  EXPECT_EQ(open("").error().code, base::Code::Corrupt);
}

/// Whoever holds the key can sign nonsense; it must be refused, not believed or crash.
TEST(AccessSnapshot, SurvivesSignedNonsense) {
  const std::string bytes = encode_snapshot(some_rules(), 1, kKey);
  const std::string body = bytes.substr(0, bytes.size() - 32);
  for (size_t i = 8; i < body.size(); ++i) {
    std::string changed = body;
    changed[i] = static_cast<char>(0xFF);
    changed += crypto::bytes_of(crypto::hmac_sha256(kKey, changed));
    if (const auto snapshot = open(changed)) {
      (void)(*snapshot)->key("mmmmmmmmmmmm");
      (void)(*snapshot)->user(principal_bytes("local", "acme", "u-1"));
    }
  }
}

/// Entries that share bytes would let a user's be read as a key's.
TEST(AccessSnapshot, RefusesPartsThatDoNotFollowEachOther) {
  constexpr size_t kUsersAt = 64;
  constexpr size_t kKeysAt = 80;
  const std::string bytes = encode_snapshot(some_rules(), 1, kKey);
  const std::string body = bytes.substr(0, bytes.size() - 32);
  const auto with_offset = [&](size_t where, uint64_t value) {
    std::string changed = body;
    std::memcpy(changed.data() + where, &value, sizeof value);
    return changed.append(crypto::bytes_of(crypto::hmac_sha256(kKey, changed)));
  };
  uint64_t users_at = 0;
  std::memcpy(&users_at, body.data() + kUsersAt, sizeof users_at);
  ASSERT_TRUE(open(with_offset(kUsersAt, users_at)).ok());

  for (const uint64_t at : {uint64_t{0}, users_at - 24, users_at, users_at + 24}) {
    EXPECT_FALSE(open(with_offset(kKeysAt, at)).ok()) << at;
  }
  for (const uint64_t at : {uint64_t{0}, uint64_t{96}, users_at + 1}) {
    EXPECT_FALSE(open(with_offset(kUsersAt, at)).ok()) << at;
  }
}

TEST(CompileAccess, TakesEverythingThatIsDeclared) {
  const auto loaded = config::load_config(
      std::string(SRASTA_SOURCE_DIR) + "/tests/cases/config/good-access.yaml", {});
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;

  const AccessRules rules = compile_access(*loaded);

  EXPECT_EQ(rules.roles.permissions_of(base::RoleName("infer")), *parse_grant("inference.*"));
  EXPECT_EQ(rules.roles.permissions_of(base::RoleName("user")),
            (PermissionSet{Permission::InferenceModels, Permission::InferenceInvoke}));
  EXPECT_TRUE(rules.roles.knows(base::RoleName("nothing")));
  EXPECT_TRUE(rules.tenants.at(base::TenantId("globex")));
  EXPECT_TRUE(rules.users.at(principal_bytes("local", "acme", "u-eve")).disabled);
  EXPECT_EQ(rules.keys.at("abcdefgh2345").personas, std::vector<std::string>{"reviewer"});
  EXPECT_NE(rules.source, crypto::Digest{});
}

/// The option table lists permissions by name, because config/ lies below access/.
TEST(CompileAccess, KnowsEveryPermissionThatTheConfigurationAllows) {
  std::string all = "access:\n  roles:\n    everything:\n";
  for (size_t i = 0; i < kPermissionCount; ++i) {
    all += "      - " + std::string(to_string(static_cast<Permission>(i))) + "\n";
  }
  const auto loaded = config::parse_config(all, "all.yaml", {});
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(compile_access(*loaded).roles.permissions_of(base::RoleName("everything")),
            PermissionSet::everything());
}

}  // namespace
}  // namespace srasta::access
