#pragma once

#include "cli/command_line.h"
#include "config/config.h"

namespace srasta::cli {

/// `srasta up`: every service of this host, supervised in the foreground. `environment` is this
/// process's own and must outlive the parsing of the command line.
void add_up(Command root, const config::Environment& environment);

}  // namespace srasta::cli
