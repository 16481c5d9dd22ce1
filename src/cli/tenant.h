#pragma once

#include "cli/command_line.h"

namespace srasta::cli {

/// `srasta tenant list|add|suspend|resume`
void add_tenant(Command root);

}  // namespace srasta::cli
