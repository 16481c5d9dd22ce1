#pragma once

#include "cli/command_line.h"
#include "config/config.h"

namespace srasta::cli {

/// Adds `srasta backup`: key, create, list, verify, restore. `environment` must outlive the command
/// line.
void add_backup(Command root, const config::Environment& environment);

}  // namespace srasta::cli
