#pragma once

#include "cli/command_line.h"
#include "config/config.h"

namespace srasta::cli {

/// `srasta serve NAME`: one service in the foreground, in place of this process. `environment` must
/// outlive the parsing of the command line.
void add_serve(Command root, const config::Environment& environment);

}  // namespace srasta::cli
