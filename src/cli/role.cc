#include "cli/role.h"

#include "cli/exit_code.h"
#include "cli/operator_client.h"
#include "json/writer.h"

#include <cstdio>
#include <vector>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

const std::string kRoles = "/srasta/v1/admin/roles";

struct RoleOptions {
  std::string* data = nullptr;
  std::string name;
  std::vector<std::string> permissions;
  bool dry_run = false;
};

int list(const std::string& data) {
  fmt::print("{:<20} {:<10} {}\n", "NAME", "ORIGIN", "PERMISSIONS");
  const auto listed = OperatorClient(data).each(kRoles, "roles", [](json::Value row) {
    fmt::print("{:<20} {:<10} {}\n", shown(row, "name"), shown(row, "origin"),
               shown(row, "permissions"));
  });
  return listed ? kOk : fail_with(listed.error());
}

int define(const RoleOptions& options) {
  json::Writer writer;
  writer.begin_object().member("permissions", options.permissions).end_object();
  const std::string query = options.dry_run ? "?dry_run=true" : "";
  return print_answer(
      OperatorClient(*options.data).ask("PUT", kRoles + "/" + options.name + query, writer.take()));
}

}  // namespace

void add_role(Command root) {
  const Command noun = root.add_subcommand("role", "Roles: built in, declared, and made here");
  noun.require_subcommand();
  const Command listing = noun.add_subcommand("list", "All of them, and what they permit");
  const std::string& data = add_data_option(listing);
  listing.set_action([&data] { return list(data); });

  const Command defining = noun.add_subcommand("define", "Make a role, or change what it permits");
  RoleOptions& defined = defining.keep(RoleOptions());
  defined.data = &add_data_option(defining);
  defining.set_footer(
      "Example:\n"
      "  srasta role define summarizer --permission inference.invoke --permission rag.read");
  defining.add_option("ROLE", defined.name, "Its name", {.required = true});
  defining.add_option("--permission", defined.permissions,
                      "A permission, or a family as rag.*; may be repeated",
                      {.required = true, .one_value_each = true});
  defining.add_flag("--dry-run", defined.dry_run, "Show the difference, and change nothing");
  defining.set_action([&defined] { return define(defined); });

  const Command removing = noun.add_subcommand("remove", "Remove a role that nobody holds");
  RoleOptions& removed = removing.keep(RoleOptions());
  removed.data = &add_data_option(removing);
  removing.add_option("ROLE", removed.name, "Its name", {.required = true});
  removing.set_action([&removed] {
    return print_answer(OperatorClient(*removed.data).ask("DELETE", kRoles + "/" + removed.name));
  });
}

}  // namespace srasta::cli
