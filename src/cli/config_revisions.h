#pragma once

#include "cli/command_line.h"

namespace srasta::cli {

/// `srasta config apply|history|show|revert`: changes of the file that the running platform makes.
void add_config_revisions(Command config);

}  // namespace srasta::cli
