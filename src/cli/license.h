#pragma once

#include "cli/command_line.h"

namespace srasta::cli {

/// `srasta license show|install|remove|accept-clock|issue|key`
void add_license(Command root);

}  // namespace srasta::cli
