#pragma once

#include "cli/command_line.h"

namespace srasta::cli {

/// `srasta policy lint|sign|key|explain|diff|replay`
void add_policy(Command root);

}  // namespace srasta::cli
