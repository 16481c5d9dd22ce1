// Changes of the directory by who asks for them, and the access rules that follow.
#include "access/principal.h"
#include "admin/account_changes.h"
#include "admin/directory_rules.h"
#include "admin/export.h"
#include "admin/groups.h"
#include "admin/keys.h"
#include "admin/roles.h"
#include "admin/schema.h"
#include "admin/tenants.h"
#include "storage/query.h"
#include "storage/test_database.h"

#include <gtest/gtest.h>

namespace srasta::admin {
namespace {

using access::Permission;
using service::ErrorCode;
using Names = std::vector<std::string>;

Actor actor(const std::string& subject, const std::string& tenant, const Names& roles) {
  Actor one{.issuer = "local", .subject = subject, .tenant = base::TenantId(tenant)};
  for (const std::string& role : roles) one.roles.emplace_back(role);
  one.permissions = access::RoleTable::built_in().permissions_of(one.roles);
  return one;
}

class Directory : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = store_.open(migrations());
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    database_.emplace(*std::move(opened));
    declared_.tenants = {{base::TenantId("acme"), false}, {base::TenantId("globex"), false}};
  }
  [[nodiscard]] Desk desk(const Actor& who) {
    return {.database = *database_, .actor = who, .declared = declared_, .now = 1'000};
  }
  /// Makes a change as `Registry` does: what is refused leaves nothing behind.
  template <typename Make>
  Answered<std::string> change(const Actor& who, Make make) {
    auto transaction = database_->begin();
    EXPECT_TRUE(transaction.ok());
    auto answer = make(desk(who), about_);
    if (answer) EXPECT_TRUE(transaction->commit().ok());
    return answer;
  }
  Answered<std::string> add_user(const Actor& who, const std::string& id, const Names& roles,
                                 const std::string& tenant = "acme") {
    const NewAccount account{.id = id,
                             .tenant = tenant,
                             .issuer = "local",
                             .subject = {},
                             .name = "name-of-" + id,
                             .display = {},
                             .roles = roles};
    return change(who,
                  [&](const Desk& at, auto& about) { return create_account(at, about, account); });
  }
  Answered<std::string> give(const Actor& who, const std::string& id, const Names& roles) {
    return change(who,
                  [&](const Desk& at, auto& about) { return set_roles(at, about, id, roles); });
  }
  Answered<std::string> add_key(const Actor& who, const NewKey& key) {
    return change(who, [&](const Desk& at, auto& about) { return create_key(at, about, key); });
  }
  [[nodiscard]] access::AccessRules rules() {
    access::AccessRules all = declared_;
    const auto added = add_directory(all, *database_);
    EXPECT_TRUE(added.ok()) << added.error().message;
    return all;
  }
  [[nodiscard]] static access::PrincipalBytes principal(const std::string& id,
                                                        const std::string& tenant = "acme") {
    return access::principal_bytes("local", tenant, id);
  }

  const Actor owner_ = actor("u-owner", "acme", {"owner"});
  const Actor admin_ = actor("u-admin", "acme", {"admin"});
  access::AccessRules declared_;
  sql::TestDatabase store_;
  std::optional<sql::Connection> database_;
  service::Journal::Change about_;
};

void expect_refused(const Answered<std::string>& answer, ErrorCode code, std::string_view reason) {
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(service::facts_of(answer.error().code).name, service::facts_of(code).name);
  EXPECT_EQ(answer.error().reason, reason);
}

TEST_F(Directory, AnOwnerGivesEveryRoleAndAnAdministratorNoPower) {
  EXPECT_TRUE(add_user(owner_, "u-1", {"owner"}).has_value());
  EXPECT_TRUE(add_user(owner_, "u-2", {"admin", "security"}).has_value());
  EXPECT_TRUE(add_user(admin_, "u-3", {"developer", "user", "auditor"}).has_value());
  for (const char* role : {"owner", "admin", "security"}) {
    expect_refused(add_user(admin_, "u-4", {role}), ErrorCode::PermissionDenied, "role_not_held");
    expect_refused(give(admin_, "u-3", {role}), ErrorCode::PermissionDenied, "role_not_held");
  }
  expect_refused(add_user(admin_, "u-4", {"nobody"}), ErrorCode::InvalidRequest, "invalid_value");
  EXPECT_EQ(about_.object, "u-4");
}

TEST_F(Directory, NobodyChangesHisOwnRolesOrTakesOneThatHeCouldNotGive) {
  ASSERT_TRUE(add_user(owner_, "u-admin", {"admin"}).has_value());
  ASSERT_TRUE(add_user(owner_, "u-owner", {"owner"}).has_value());
  ASSERT_TRUE(add_user(owner_, "u-second", {"owner"}).has_value());
  expect_refused(give(admin_, "u-admin", {"admin", "auditor"}), ErrorCode::PermissionDenied,
                 "own_roles");
  expect_refused(give(admin_, "u-owner", {}), ErrorCode::PermissionDenied, "role_not_held");
  expect_refused(give(owner_, "u-owner", {"owner", "user"}), ErrorCode::PermissionDenied,
                 "own_roles");
  EXPECT_TRUE(give(owner_, "u-admin", {"admin", "auditor"}).has_value());
  EXPECT_EQ(about_.before, "admin");
  EXPECT_EQ(about_.after, "admin/auditor");
}

TEST_F(Directory, KeepsItsLastOwnerHoweverHeIsTakenAway) {
  ASSERT_TRUE(add_user(owner_, "u-owner", {"owner"}).has_value());
  const AccountPatch off{.disabled = true, .name = {}, .display = {}};
  const auto disable = [&](const Desk& at, auto& about) {
    return change_account(at, about, "u-owner", off);
  };
  const auto remove = [&](const Desk& at, auto& about) {
    return delete_account(at, about, "u-owner");
  };
  expect_refused(give(owner_, "u-owner", {"user"}), ErrorCode::LastOwner, "last_owner");
  expect_refused(change(owner_, disable), ErrorCode::LastOwner, "last_owner");
  expect_refused(change(owner_, remove), ErrorCode::LastOwner, "last_owner");
  EXPECT_EQ(*count_owners(*database_), 1);

  ASSERT_TRUE(add_user(owner_, "u-second", {"owner"}).has_value());
  EXPECT_TRUE(change(owner_, remove).has_value());
  EXPECT_EQ(*count_owners(*database_), 1);
}

TEST_F(Directory, ShowsAnAdministratorHisOwnTenantOnly) {
  ASSERT_TRUE(add_user(owner_, "u-here", {"user"}).has_value());
  ASSERT_TRUE(add_user(owner_, "u-there", {"user"}, "globex").has_value());
  expect_refused(show_account(desk(admin_), "u-there"), ErrorCode::NotFound, "object");
  expect_refused(give(admin_, "u-there", {}), ErrorCode::NotFound, "object");
  expect_refused(add_user(admin_, "u-5", {}, "globex"), ErrorCode::InvalidRequest, "invalid_value");
  expect_refused(list_accounts(desk(admin_), {.tenant = "globex"}), ErrorCode::NotFound, "object");
  const auto all = export_all(desk(admin_));
  ASSERT_TRUE(all.has_value());
  EXPECT_NE(all->find("u-here"), std::string::npos);
  EXPECT_EQ(all->find("u-there"), std::string::npos);
  EXPECT_EQ(all->find("globex"), std::string::npos);
  const auto whole = export_all(desk(owner_));
  EXPECT_NE(whole->find("u-there"), std::string::npos);
}

TEST_F(Directory, ListsPageByPage) {
  for (const char* id : {"u-a", "u-b", "u-c"}) ASSERT_TRUE(add_user(owner_, id, {}).has_value());
  const auto first = list_accounts(desk(owner_), {.limit = 2});
  ASSERT_TRUE(first.has_value());
  EXPECT_TRUE(first->ends_with(R"("next":"u-b"})")) << *first;
  const auto second = list_accounts(desk(owner_), {.after = "u-b", .limit = 2});
  EXPECT_NE(second->find("u-c"), std::string::npos);
  EXPECT_TRUE(second->ends_with(R"("next":null})")) << *second;
}

TEST_F(Directory, NeverGivesAnIdOrNameOfSomebodyElse) {
  ASSERT_TRUE(add_user(owner_, "u-1", {"user"}).has_value());
  const auto same_name = [&](const Desk& at, auto& about) {
    return create_account(at, about,
                          {.id = "u-2",
                           .tenant = "acme",
                           .issuer = "local",
                           .subject = {},
                           .name = "name-of-u-1",
                           .display = {},
                           .roles = {}});
  };
  expect_refused(change(owner_, same_name), ErrorCode::AlreadyExists, "exists");
  ASSERT_TRUE(change(owner_, [](const Desk& at, auto& about) {
                return delete_account(at, about, "u-1");
              }).has_value());
  EXPECT_TRUE(change(owner_, same_name).has_value());
  expect_refused(add_user(owner_, "u-1", {}), ErrorCode::AlreadyExists, "exists");
  // Tokens of the old account name nobody who is admitted.
  EXPECT_TRUE(rules().users.at(principal("u-1")).disabled);
  EXPECT_FALSE(rules().users.at(principal("u-2")).disabled);
}

TEST_F(Directory, DeniesEveryRoleThatAnAccountDoesNotHaveNow) {
  ASSERT_TRUE(add_user(owner_, "u-1", {"developer"}).has_value());
  const auto denied = rules().users.at(principal("u-1")).deny_roles;
  EXPECT_EQ(denied.size(), access::RoleTable::built_in().names().size() - 1);
  EXPECT_EQ(std::ranges::find(denied, base::RoleName("developer")), denied.end());
}

TEST_F(Directory, GivesTheRolesOfGroupsToTheirMembers) {
  ASSERT_TRUE(add_user(owner_, "u-1", {}).has_value());
  ASSERT_TRUE(add_user(owner_, "u-admin", {"admin"}).has_value());
  const auto make = [](const Desk& at, auto& about) {
    return create_group(at, about,
                        {.id = "g-1", .tenant = "acme", .name = "makers", .roles = {"developer"}});
  };
  ASSERT_TRUE(change(admin_, make).has_value());
  const auto with = [](const Names& roles, const Names& members) {
    return [=](const Desk& at, auto& about) {
      return set_group(at, about, "g-1", {.roles = roles, .members = members});
    };
  };
  ASSERT_TRUE(change(admin_, with({"developer"}, {"u-1"})).has_value());
  EXPECT_EQ(*roles_of(*database_, "u-1"), Names{"developer"});
  expect_refused(change(admin_, with({"developer"}, {"u-1", "u-admin"})),
                 ErrorCode::PermissionDenied, "own_roles");
  expect_refused(change(admin_, with({"owner"}, {"u-1"})), ErrorCode::PermissionDenied,
                 "role_not_held");
  expect_refused(change(admin_, with({"developer"}, {"u-9"})), ErrorCode::InvalidRequest,
                 "invalid_value");
  ASSERT_TRUE(change(admin_, [](const Desk& at, auto& about) {
                return delete_group(at, about, "g-1");
              }).has_value());
  EXPECT_EQ(*roles_of(*database_, "u-1"), Names{});
}

TEST_F(Directory, AGroupThatMakesTheLastOwnerIsKept) {
  ASSERT_TRUE(add_user(owner_, "u-1", {}).has_value());
  const Actor host = [] {
    Actor one = actor("os:0", "platform", {"owner", "admin"});
    one.issuer = "os";
    one.on_host = true;
    return one;
  }();
  ASSERT_TRUE(change(host, [](const Desk& at, auto& about) {
                return create_group(
                    at, about,
                    {.id = "g-1", .tenant = "acme", .name = "owners", .roles = {"owner"}});
              }).has_value());
  ASSERT_TRUE(change(host, [](const Desk& at, auto& about) {
                return set_group(at, about, "g-1", {.roles = {"owner"}, .members = {"u-1"}});
              }).has_value());
  EXPECT_EQ(*count_owners(*database_), 1);
  expect_refused(
      change(host, [](const Desk& at, auto& about) { return delete_group(at, about, "g-1"); }),
      ErrorCode::LastOwner, "last_owner");
  expect_refused(change(host,
                        [](const Desk& at, auto& about) {
                          return set_group(at, about, "g-1", {.roles = {"owner"}, .members = {}});
                        }),
                 ErrorCode::LastOwner, "last_owner");
}

TEST_F(Directory, RolesOfItsOwnPermitNoMoreThanWhoMakesThemCouldGive) {
  const auto define = [](const std::string& name, const Names& grants) {
    return [=](const Desk& at, auto& about) {
      return define_role(at, about, {.name = name, .grants = grants});
    };
  };
  EXPECT_TRUE(change(admin_, define("helper", {"inference.*", "rag.read"})).has_value());
  EXPECT_TRUE(rules().roles.permissions_of(base::RoleName("helper")).contains(Permission::RagRead));
  expect_refused(change(admin_, define("boss", {"admin.users"})), ErrorCode::PermissionDenied,
                 "role_not_held");
  EXPECT_TRUE(change(owner_, define("boss", {"admin.users"})).has_value());
  expect_refused(change(admin_, define("boss", {"rag.read"})), ErrorCode::PermissionDenied,
                 "role_not_held");
  expect_refused(change(owner_, define("owner", {"rag.read"})), ErrorCode::DeclaredInFile,
                 "declared");
  expect_refused(change(owner_, define("other", {"rag.everything"})), ErrorCode::InvalidRequest,
                 "invalid_value");
  const auto remove = [](const Desk& at, auto& about) { return delete_role(at, about, "helper"); };
  ASSERT_TRUE(add_user(admin_, "u-1", {"helper"}).has_value());
  expect_refused(change(owner_, remove), ErrorCode::InUse, "in_use");
  ASSERT_TRUE(give(admin_, "u-1", {}).has_value());
  EXPECT_TRUE(change(owner_, remove).has_value());
}

TEST_F(Directory, KeysHaveNoMoreThanTheirOwnerWheneverTheyAreUsed) {
  ASSERT_TRUE(add_user(owner_, "u-dev", {"developer", "user"}).has_value());
  const Actor dev = actor("u-dev", "acme", {"developer", "user"});
  const auto key = [](const std::string& id, const Names& roles) {
    return NewKey{.id = id,
                  .secret = crypto::sha256(id),
                  .owner = {},
                  .label = {},
                  .roles = roles,
                  .models = {},
                  .personas = {},
                  .networks = {},
                  .expires = 2'000};
  };
  EXPECT_TRUE(add_key(dev, key("aaaaaaaaaaaa", {"developer"})).has_value());
  expect_refused(add_key(dev, key("bbbbbbbbbbbb", {"developer", "admin"})),
                 ErrorCode::PermissionDenied, "role_not_held");
  expect_refused(add_key(dev, key("bbbbbbbbbbbb", {"*"})), ErrorCode::InvalidRequest,
                 "invalid_value");
  expect_refused(add_key(dev, key("bbbbbbbbbbbb", {})), ErrorCode::InvalidRequest, "invalid_value");
  Actor by_key = dev;
  by_key.by_key = true;
  expect_refused(add_key(by_key, key("bbbbbbbbbbbb", {"developer"})), ErrorCode::PermissionDenied,
                 "permission");
  NewKey late = key("bbbbbbbbbbbb", {"developer"});
  late.expires = 1'000;
  expect_refused(add_key(dev, late), ErrorCode::InvalidRequest, "invalid_value");

  EXPECT_EQ(rules().keys.at("aaaaaaaaaaaa").roles, std::vector{base::RoleName("developer")});
  EXPECT_EQ(rules().keys.at("aaaaaaaaaaaa").secret, crypto::sha256("aaaaaaaaaaaa"));
  ASSERT_TRUE(give(owner_, "u-dev", {"user"}).has_value());
  EXPECT_FALSE(rules().keys.contains("aaaaaaaaaaaa"));
  ASSERT_TRUE(give(owner_, "u-dev", {"developer"}).has_value());
  EXPECT_TRUE(rules().keys.contains("aaaaaaaaaaaa"));
  const auto disable = [](const Desk& at, auto& about) {
    return change_account(at, about, "u-dev", {.disabled = true, .name = {}, .display = {}});
  };
  ASSERT_TRUE(change(owner_, disable).has_value());
  EXPECT_FALSE(rules().keys.contains("aaaaaaaaaaaa"));
}

TEST_F(Directory, KeysAreSeenAndRevokedByTheirOwnerAndByAdministrators) {
  ASSERT_TRUE(add_user(owner_, "u-dev", {"developer"}).has_value());
  const Actor dev = actor("u-dev", "acme", {"developer"});
  const Actor other = actor("u-2", "acme", {"developer"});
  const NewKey key{.id = "aaaaaaaaaaaa",
                   .secret = crypto::sha256("a"),
                   .owner = "u-dev",
                   .label = "ci",
                   .roles = {"developer"},
                   .models = Names{"general"},
                   .personas = {},
                   .networks = {"10.0.0.0/8"},
                   .expires = 2'000};
  expect_refused(add_key(other, key), ErrorCode::PermissionDenied, "permission");
  ASSERT_TRUE(add_key(admin_, key).has_value());
  expect_refused(show_key(desk(other), key.id), ErrorCode::NotFound, "object");
  const auto seen = show_key(desk(dev), key.id);
  ASSERT_TRUE(seen.has_value());
  EXPECT_NE(seen->find(R"("models":["general"])"), std::string::npos) << *seen;
  const auto revoke = [](const Desk& at, auto& about) {
    return revoke_key(at, about, "aaaaaaaaaaaa");
  };
  expect_refused(change(other, revoke), ErrorCode::NotFound, "object");
  EXPECT_TRUE(rules().keys.contains(key.id));
  EXPECT_TRUE(change(dev, revoke).has_value());
  EXPECT_FALSE(rules().keys.contains(key.id));
  EXPECT_TRUE(change(admin_, revoke).has_value());
}

TEST_F(Directory, LeavesWhatTheFileDeclaresAsItIs) {
  expect_refused(change(owner_,
                        [](const Desk& at, auto& about) {
                          return create_tenant(at, about, {.name = "acme", .folder = "f"});
                        }),
                 ErrorCode::DeclaredInFile, "declared");
  expect_refused(change(admin_,
                        [](const Desk& at, auto& about) {
                          return create_tenant(at, about, {.name = "initech", .folder = "f"});
                        }),
                 ErrorCode::PermissionDenied, "role_not_held");
  ASSERT_TRUE(change(owner_, [](const Desk& at, auto& about) {
                return create_tenant(at, about, {.name = "initech", .folder = "f"});
              }).has_value());
  ASSERT_TRUE(change(owner_, [](const Desk& at, auto& about) {
                return suspend_tenant(at, about, "initech", true);
              }).has_value());
  EXPECT_TRUE(rules().tenants.at(base::TenantId("initech")));
  EXPECT_FALSE(rules().tenants.at(base::TenantId("acme")));
  // A user whom the file bars stays barred.
  declared_.users[principal("u-1")] = {.disabled = true, .deny_roles = {}};
  ASSERT_TRUE(add_user(owner_, "u-1", {"user"}).has_value());
  EXPECT_TRUE(rules().users.at(principal("u-1")).disabled);
}

}  // namespace
}  // namespace srasta::admin
