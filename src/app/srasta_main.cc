// The command `srasta`: one verb or noun per file of cli/.
#include "cli/access.h"
#include "cli/admin.h"
#include "cli/audit.h"
#include "cli/backup.h"
#include "cli/command_line.h"
#include "cli/config.h"
#include "cli/doctor.h"
#include "cli/engine_keeper.h"
#include "cli/exit_code.h"
#include "cli/group.h"
#include "cli/key.h"
#include "cli/license.h"
#include "cli/models.h"
#include "cli/policy.h"
#include "cli/role.h"
#include "cli/serve.h"
#include "cli/tenant.h"
#include "cli/token.h"
#include "cli/tools.h"
#include "cli/up.h"
#include "cli/user.h"
#include "cli/version.h"

#include <cstdio>
#include <string_view>
#include <unistd.h>

#include <fmt/format.h>

namespace srasta {
namespace {

config::Environment environment_of_this_process() {
  config::Environment environment;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

int run(int argc, char** argv) {
  const config::Environment environment = environment_of_this_process();
  cli::CommandLine line("srasta", "Srasta: one governed door to the models on your own machines.");
  const cli::Command root = line.root();
  root.set_footer("Every command explains itself: srasta COMMAND --help");
  cli::add_up(root, environment);
  cli::add_serve(root, environment);
  cli::add_models(root, environment);
  cli::add_audit(root, environment);
  cli::add_backup(root, environment);
  cli::add_access(root, environment);
  cli::add_admin(root, environment);
  cli::add_tenant(root);
  cli::add_user(root, environment);
  cli::add_group(root);
  cli::add_role(root);
  cli::add_key(root);
  cli::add_license(root);
  cli::add_policy(root);
  cli::add_token(root, environment);
  cli::add_tools(root);
  cli::add_config(root, environment);
  cli::add_doctor(root, environment);
  cli::add_version(root);
  cli::add_engine_keeper(root, environment);
  return line.run({argv + 1, argv + argc});
}

}  // namespace
}  // namespace srasta

int main(int argc, char** argv) {
  try {
    return srasta::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "srasta: {}\n", error.what());
    return srasta::cli::kNegative;
  }
}
