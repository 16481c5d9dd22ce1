#pragma once

#include "cli/command_line.h"

namespace srasta::cli {

/// `srasta group list|add|set|remove`
void add_group(Command root);

}  // namespace srasta::cli
