#pragma once

#include "cli/command_line.h"

namespace srasta::cli {

/// `srasta tools approvals|approve|deny`
void add_tool_approvals(Command noun);

}  // namespace srasta::cli
