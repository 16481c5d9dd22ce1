#pragma once

#include "cli/command_line.h"

namespace srasta::cli {

/// `srasta role list|define|remove`
void add_role(Command root);

}  // namespace srasta::cli
