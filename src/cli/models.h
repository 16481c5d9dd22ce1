#pragma once

#include "cli/command_line.h"

namespace srasta::cli {

/// `srasta models list|test`: what the running gateway offers, and whether each model answers.
void add_models(Command root);

}  // namespace srasta::cli
