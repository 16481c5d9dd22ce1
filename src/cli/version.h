#pragma once

#include "cli/command_line.h"

namespace srasta::cli {

/// `srasta version`.
void add_version(Command root);

}  // namespace srasta::cli
