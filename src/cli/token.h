#pragma once

#include "cli/command_line.h"
#include "config/config.h"

namespace srasta::cli {

/// `srasta token issue`. `environment` must outlive the parsing of the command line.
void add_token(Command root, const config::Environment& environment);

}  // namespace srasta::cli
