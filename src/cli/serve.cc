#include "cli/serve.h"

#include "admin/access_publisher.h"
#include "cli/exit_code.h"
#include "cli/launch.h"
#include "cli/witness.h"

namespace srasta::cli {
namespace {

using MakeSpec = base::Result<process::ChildSpec> (*)(const Launch&);

base::Error become(MakeSpec make_spec, const LaunchOptions& options,
                   const config::Environment& environment) {
  auto launch = prepare_launch(options, environment);
  if (!launch) return std::move(launch).error();
  // Rules of a platform that runs are not ours to change.
  const auto lock = launch->installation.lock();
  if (!lock) return lock.error();
  const auto published =
      admin::publish_access(launch->installation.folder(), launch->loaded, launch->access_key);
  if (!published) return published.error();
  const auto spec = make_spec(*launch);
  if (!spec) return spec.error();
  return process::replace_process(*spec);
}

}  // namespace

void add_serve(Command root, const config::Environment& environment) {
  const Command command =
      root.add_subcommand("serve", "Run one service in the foreground, without supervisor");
  command.require_subcommand();
  const Command api = command.add_subcommand("api", "The gateway");
  api.set_footer(
      "Prepares the data folder as `srasta up` does and becomes srasta-api: the process id stays,\n"
      "nothing restarts it. For service managers that supervise themselves.\n\n"
      "Example:\n"
      "  srasta serve api --data /var/lib/srasta");
  const LaunchOptions& options = add_launch_options(api);
  api.set_action(
      [&options, &environment] { return fail_with(become(api_spec, options, environment)); });
  const Command admin = command.add_subcommand("admin", "Users, roles and keys");
  admin.set_footer(
      "Likewise for srasta-admin, which answers on <data>/run/operator.sock.\n\n"
      "Example:\n"
      "  srasta serve admin --data /var/lib/srasta");
  const LaunchOptions& admin_options = add_launch_options(admin);
  admin.set_action([&admin_options, &environment] {
    return fail_with(become(admin_spec, admin_options, environment));
  });
  const Command tools = command.add_subcommand("tools", "The tool gateway");
  tools.set_footer(
      "Likewise for srasta-tools; it needs a policy (tools.policies).\n\n"
      "Example:\n"
      "  srasta serve tools --data /var/lib/srasta");
  const LaunchOptions& tools_options = add_launch_options(tools);
  tools.set_action([&tools_options, &environment] {
    return fail_with(become(tools_spec, tools_options, environment));
  });
  add_serve_witness(command);
}

}  // namespace srasta::cli
