#pragma once

#include "cli/command_line.h"

namespace srasta::cli {

/// `srasta policy diff`
void add_policy_diff(Command noun);

}  // namespace srasta::cli
