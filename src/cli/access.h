#pragma once

#include "cli/command_line.h"
#include "config/config.h"

namespace srasta::cli {

/// `srasta access`: apply, show and explain the access rules. `environment` must outlive the
/// parsing of the command line.
void add_access(Command root, const config::Environment& environment);

}  // namespace srasta::cli
