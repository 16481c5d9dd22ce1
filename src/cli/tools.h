#pragma once

#include "cli/command_line.h"

namespace srasta::cli {

/// `srasta tools init`
void add_tools(Command root);

}  // namespace srasta::cli
