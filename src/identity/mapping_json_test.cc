#include "identity/mapping_json.h"

#include <gtest/gtest.h>

namespace srasta::identity {
namespace {

std::optional<Mapping> parse(const std::string& text) {
  const auto document = json::Document::parse(text);
  EXPECT_TRUE(document.ok()) << text;
  return document ? parse_mapping(document->root()) : std::nullopt;
}

TEST(MappingJson, ComesBackAsItWas) {
  const Mapping mapping{
      .tenant = base::TenantId("acme"),
      .roles = {base::RoleName("user"), base::RoleName("auditor")},
      .subject = "auth0|5f \"x\"",
      .scopes = access::PermissionSet{access::Permission::ConsoleLogin},
      .personas = {"staff"},
      .groups = {"g1", "g2"},
      .groups_overage = true,
  };
  const auto back = parse(to_json(mapping));

  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->tenant, mapping.tenant);
  EXPECT_EQ(back->roles, mapping.roles);
  EXPECT_EQ(back->subject, mapping.subject);
  EXPECT_EQ(back->scopes, mapping.scopes);
  EXPECT_EQ(back->personas, mapping.personas);
  EXPECT_EQ(back->groups, mapping.groups);
  EXPECT_TRUE(back->groups_overage);
  EXPECT_FALSE(parse(to_json({.tenant = base::TenantId("a"), .subject = "b"}))->scopes.has_value());
  const Mapping nothing{
      .tenant = base::TenantId("a"), .subject = "b", .scopes = access::PermissionSet{}};
  EXPECT_EQ(parse(to_json(nothing))->scopes, access::PermissionSet{})
      << "no scope is not every scope";
}

TEST(MappingJson, RefusesEverythingElse) {
  const std::string rest = R"("personas":[],"groups":[],"groups_overage":false})";
  EXPECT_TRUE(parse(R"({"tenant":"a","subject":"b","roles":[],)" + rest).has_value());
  for (const char* begin :
       {R"({"subject":"b","roles":[],)", R"({"tenant":"","subject":"b","roles":[],)",
        R"({"tenant":"a","roles":[],)", R"({"tenant":"a","subject":"b",)",
        R"({"tenant":"a","subject":"b","roles":[1],)",
        R"({"tenant":"a","subject":"b","roles":[],"scopes":null,)",
        R"({"tenant":"a","subject":"b","roles":[],"scopes":"x",)"}) {
    EXPECT_FALSE(parse(begin + rest).has_value()) << begin;
  }
  EXPECT_FALSE(parse("{}").has_value());
}

}  // namespace
}  // namespace srasta::identity
