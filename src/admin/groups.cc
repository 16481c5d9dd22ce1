#include "admin/groups.h"

#include "admin/accounts.h"
#include "json/writer.h"
#include "storage/query.h"

#include <algorithm>
#include <optional>

namespace srasta::admin {
namespace {

using service::Journal;
using Names = std::vector<std::string>;

struct Group {
  std::string id;
  std::string tenant;
  std::string name;
  Names roles;
  Names members;
};

base::Result<std::optional<Group>> find_group(sql::Connection& database, std::string_view id) {
  std::optional<Group> group;
  SRASTA_TRY(each_row(database, "SELECT id, tenant, name FROM team WHERE id = ?", {id},
                      [&](const sql::Statement& row) -> base::Result<void> {
                        group.emplace();
                        SRASTA_TRY_ASSIGN(group->id, text_at(row, 0));
                        SRASTA_TRY_ASSIGN(group->tenant, text_at(row, 1));
                        SRASTA_TRY_ASSIGN(group->name, text_at(row, 2));
                        return {};
                      }));
  if (!group) return group;
  SRASTA_TRY_ASSIGN(
      group->roles,
      texts_in(database, "SELECT role FROM team_role WHERE team = ? ORDER BY role", {id}));
  SRASTA_TRY_ASSIGN(
      group->members,
      texts_in(database, "SELECT account FROM team_member WHERE team = ? ORDER BY account", {id}));
  return group;
}

Answered<Group> group_in_reach(const Desk& desk, const std::string& id) {
  SRASTA_STORE_ASSIGN(auto group, find_group(desk.database, id));
  if (!group || !desk.actor.reaches(group->tenant)) return std::unexpected(not_found());
  return *std::move(group);
}

std::string group_json(const Group& group) {
  json::Writer writer;
  writer.begin_object().member("id", std::string_view(group.id));
  writer.member("tenant", std::string_view(group.tenant));
  writer.member("name", std::string_view(group.name));
  writer.member("roles", group.roles).member("members", group.members);
  return writer.end_object().take();
}

base::Result<void> insert_all(sql::Connection& database, std::string_view statement,
                              std::string_view group, const Names& names) {
  SRASTA_TRY_ASSIGN(sql::Statement insert, database.prepare(statement));
  for (const std::string& name : names) SRASTA_TRY(insert.run({group, std::string_view(name)}));
  return {};
}

/// Members have what the group has, so nobody brings himself in or out.
Answered<void> check_members(const Desk& desk, const Group& group, const Names& members) {
  Names differing;
  std::ranges::set_symmetric_difference(group.members, members, std::back_inserter(differing));
  for (const std::string& id : differing) {
    SRASTA_STORE_ASSIGN(const auto account, find_account(desk.database, id));
    if (!account || account->tenant != group.tenant || !account->is_local()) {
      return std::unexpected(invalid("members"));
    }
    if (account->is_of(desk.actor)) return std::unexpected(denied("own_roles", "members"));
  }
  return {};
}

/// Nor does a member change what his group gives him.
Answered<void> check_roles(const Desk& desk, const Group& group, const Names& roles) {
  SRASTA_STORE_ASSIGN(const access::RoleTable known, known_roles(desk));
  SRASTA_ANSWER(check_grants(desk.actor, group.roles, known));
  SRASTA_ANSWER(check_grants(desk.actor, roles, known));
  if (roles == group.roles) return {};
  for (const std::string& id : group.members) {
    SRASTA_STORE_ASSIGN(const auto account, find_account(desk.database, id));
    if (account && account->is_of(desk.actor)) return std::unexpected(denied("own_roles", "roles"));
  }
  return {};
}

}  // namespace

Answered<std::string> list_groups(const Desk& desk) {
  SRASTA_STORE_ASSIGN(const Names ids, texts_in(desk.database, "SELECT id FROM team ORDER BY id"));
  json::Writer writer;
  writer.begin_object().key("groups").begin_array();
  for (const std::string& id : ids) {
    SRASTA_STORE_ASSIGN(const auto group, find_group(desk.database, id));
    if (group && desk.actor.reaches(group->tenant)) writer.raw(group_json(*group));
  }
  return writer.end_array().end_object().take();
}

Answered<std::string> show_group(const Desk& desk, const std::string& id) {
  SRASTA_ANSWER_ASSIGN(const Group group, group_in_reach(desk, id));
  return group_json(group);
}

Answered<std::string> create_group(const Desk& desk, Journal::Change& change,
                                   const NewGroup& group) {
  const Names roles = normalised(group.roles);
  change = {.object = group.id, .tenant = group.tenant, .before = {}, .after = joined(roles)};
  SRASTA_STORE_ASSIGN(const bool known, knows_tenant(desk, group.tenant));
  if (!known || !desk.actor.reaches(group.tenant)) return std::unexpected(invalid("tenant"));
  SRASTA_STORE_ASSIGN(const access::RoleTable known_all, known_roles(desk));
  SRASTA_ANSWER(check_grants(desk.actor, roles, known_all));
  SRASTA_STORE(run(desk.database, "INSERT INTO team VALUES (?, ?, ?, ?)",
                   {std::string_view(group.id), std::string_view(group.tenant),
                    std::string_view(group.name), desk.now}));
  SRASTA_STORE(insert_all(desk.database, "INSERT INTO team_role VALUES (?, ?)", group.id, roles));
  return show_group(desk, group.id);
}

Answered<std::string> set_group(const Desk& desk, Journal::Change& change, const std::string& id,
                                const GroupContent& content) {
  change.object = id;
  SRASTA_ANSWER_ASSIGN(const Group group, group_in_reach(desk, id));
  const Names roles = normalised(content.roles);
  const Names members = normalised(content.members);
  change = {
      .object = id, .tenant = group.tenant, .before = joined(group.roles), .after = joined(roles)};
  SRASTA_ANSWER(check_roles(desk, group, roles));
  SRASTA_ANSWER(check_members(desk, group, members));
  SRASTA_STORE_ASSIGN(const int64_t owners, count_owners(desk.database));
  const std::string_view key = id;
  SRASTA_STORE(run(desk.database, "DELETE FROM team_role WHERE team = ?", {key}));
  SRASTA_STORE(run(desk.database, "DELETE FROM team_member WHERE team = ?", {key}));
  SRASTA_STORE(insert_all(desk.database, "INSERT INTO team_role VALUES (?, ?)", id, roles));
  SRASTA_STORE(insert_all(desk.database, "INSERT INTO team_member VALUES (?, ?)", id, members));
  SRASTA_ANSWER(keep_an_owner(desk, owners));
  return show_group(desk, id);
}

Answered<std::string> delete_group(const Desk& desk, Journal::Change& change,
                                   const std::string& id) {
  change.object = id;
  SRASTA_ANSWER_ASSIGN(const Group group, group_in_reach(desk, id));
  change.tenant = group.tenant;
  change.before = joined(group.roles);
  SRASTA_ANSWER(check_roles(desk, group, group.roles));
  SRASTA_ANSWER(check_members(desk, group, {}));
  SRASTA_STORE_ASSIGN(const int64_t owners, count_owners(desk.database));
  SRASTA_STORE(run(desk.database, "DELETE FROM team WHERE id = ?", {std::string_view(id)}));
  SRASTA_ANSWER(keep_an_owner(desk, owners));
  return std::string(R"({"deleted":true})");
}

}  // namespace srasta::admin
