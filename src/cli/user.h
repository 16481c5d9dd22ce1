#pragma once

#include "cli/command_line.h"
#include "config/config.h"

namespace srasta::cli {

/// `srasta user list|show|add|disable|enable|roles|remove|token`
void add_user(Command root, const config::Environment& environment);

}  // namespace srasta::cli
