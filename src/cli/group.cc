#include "cli/group.h"

#include "cli/exit_code.h"
#include "cli/operator_client.h"
#include "json/writer.h"

#include <cstdio>
#include <vector>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

const std::string kGroups = "/srasta/v1/admin/groups";

struct GroupOptions {
  std::string* data = nullptr;
  std::string group;
  std::string tenant = "default";
  std::vector<std::string> roles;
  std::vector<std::string> members;
};

int list(const std::string& data) {
  fmt::print("{:<15} {:<16} {:<20} {:<24} {}\n", "ID", "TENANT", "NAME", "ROLES", "MEMBERS");
  const auto listed = OperatorClient(data).each(kGroups, "groups", [](json::Value row) {
    fmt::print("{:<15} {:<16} {:<20} {:<24} {}\n", shown(row, "id"), shown(row, "tenant"),
               shown(row, "name"), shown(row, "roles"), shown(row, "members"));
  });
  return listed ? kOk : fail_with(listed.error());
}

int add(const GroupOptions& options) {
  json::Writer writer;
  writer.begin_object().member("name", std::string_view(options.group));
  writer.member("tenant", std::string_view(options.tenant));
  writer.member("roles", options.roles);
  return print_answer(
      OperatorClient(*options.data).ask("POST", kGroups, writer.end_object().take()));
}

base::Result<std::string> set(const GroupOptions& options) {
  const OperatorClient client(*options.data);
  std::vector<std::string> members;
  for (const std::string& member : options.members) {
    SRASTA_TRY_ASSIGN(members.emplace_back(), client.find_user(member, {}));
  }
  json::Writer writer;
  writer.begin_object();
  writer.member("roles", options.roles);
  writer.member("members", members);
  return client.ask("PUT", kGroups + "/" + options.group, writer.end_object().take());
}

GroupOptions& options_of(Command command) {
  GroupOptions& options = command.keep(GroupOptions());
  options.data = &add_data_option(command);
  return options;
}

}  // namespace

void add_group(Command root) {
  const Command noun = root.add_subcommand("group", "Groups give their roles to their members");
  noun.require_subcommand();
  const Command listing = noun.add_subcommand("list", "All of them");
  const std::string& data = add_data_option(listing);
  listing.set_action([&data] { return list(data); });

  const Command adding = noun.add_subcommand("add", "Make a group");
  GroupOptions& added = options_of(adding);
  adding.add_option("NAME", added.group, "Unique in its tenant", {.required = true});
  adding.add_option("--tenant", added.tenant, "Whose it is", {.show_default = true});
  adding.add_option("--role", added.roles, "A role; may be repeated", {.one_value_each = true});
  adding.set_action([&added] { return add(added); });

  const Command setting = noun.add_subcommand("set", "Replace its roles and its members");
  GroupOptions& changed = options_of(setting);
  setting.set_footer(
      "Example:\n"
      "  srasta group set g-abcdefgh2345 --role developer --member alice --member bob");
  setting.add_option("GROUP", changed.group, "Its id", {.required = true});
  setting.add_option("--role", changed.roles, "A role; may be repeated", {.one_value_each = true});
  setting.add_option("--member", changed.members, "A user, by id or name; may be repeated",
                     {.one_value_each = true});
  setting.set_action([&changed] { return print_answer(set(changed)); });

  const Command removing = noun.add_subcommand("remove", "Remove a group");
  GroupOptions& removed = options_of(removing);
  removing.add_option("GROUP", removed.group, "Its id", {.required = true});
  removing.set_action([&removed] {
    return print_answer(OperatorClient(*removed.data).ask("DELETE", kGroups + "/" + removed.group));
  });
}

}  // namespace srasta::cli
