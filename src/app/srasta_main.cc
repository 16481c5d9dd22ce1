// The command `srasta`: one verb or noun per file of cli/.
#include "cli/access.h"
#include "cli/audit.h"
#include "cli/config.h"
#include "cli/doctor.h"
#include "cli/exit_code.h"
#include "cli/key.h"
#include "cli/models.h"
#include "cli/serve.h"
#include "cli/token.h"
#include "cli/up.h"
#include "cli/version.h"

#include <cstdio>
#include <string_view>
#include <unistd.h>

#include <CLI/CLI.hpp>
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
  CLI::App root("Srasta: one governed door to the models on your own machines.");
  root.name("srasta");
  root.footer("Every command explains itself: srasta COMMAND --help");
  int exit_code = cli::kOk;
  const config::Environment environment = environment_of_this_process();
  cli::add_up(root, exit_code, environment);
  cli::add_serve(root, exit_code, environment);
  cli::add_models(root, exit_code);
  cli::add_audit(root, exit_code, environment);
  cli::add_access(root, exit_code, environment);
  cli::add_key(root, exit_code);
  cli::add_token(root, exit_code, environment);
  cli::add_config(root, exit_code, environment);
  cli::add_doctor(root, exit_code, environment);
  cli::add_version(root, exit_code);
  try {
    root.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return root.exit(error) == 0 ? cli::kOk : cli::kUsage;
  }
  if (root.get_subcommands().empty()) fmt::print("{}", root.help());
  return exit_code;
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
