#pragma once

#include "cli/command_line.h"

namespace srasta::cli {

/// `srasta policy replay`
void add_policy_replay(Command noun);

}  // namespace srasta::cli
