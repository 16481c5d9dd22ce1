#include "cli/version.h"

#include "cli/exit_code.h"
#include "srasta_version.h"

#include <cstdio>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace srasta::cli {

void add_version(CLI::App& root, int& exit_code) {
  CLI::App* const command = root.add_subcommand("version", "Print the version");
  command->callback([&exit_code] {
    fmt::print("srasta {}\n", SRASTA_VERSION);
    exit_code = kOk;
  });
}

}  // namespace srasta::cli
