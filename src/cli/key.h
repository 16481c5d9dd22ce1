#pragma once

#include "cli/command_line.h"

namespace srasta::cli {

/// `srasta key`: API keys of services.
void add_key(Command root);

}  // namespace srasta::cli
