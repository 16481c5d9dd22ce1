#include "cli/version.h"

#include "cli/exit_code.h"
#include "srasta_version.h"

#include <cstdio>

#include <fmt/format.h>

namespace srasta::cli {

void add_version(Command root) {
  const Command command = root.add_subcommand("version", "Print the version");
  command.set_action([] {
    fmt::print("srasta {}\n", SRASTA_VERSION);
    return kOk;
  });
}

}  // namespace srasta::cli
