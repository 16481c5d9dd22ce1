#pragma once

#include "cli/command_line.h"
#include "config/config.h"

namespace srasta::cli {

/// `srasta admin recover`
void add_admin(Command root, const config::Environment& environment);

}  // namespace srasta::cli
