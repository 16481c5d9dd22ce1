#pragma once

#include "cli/command_line.h"

namespace srasta::cli {

/// `srasta tools init|approvals|approve|deny`
void add_tools(Command root);

}  // namespace srasta::cli
