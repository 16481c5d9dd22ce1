#pragma once

#include "cli/command_line.h"
#include "config/config.h"

namespace srasta::cli {

/// `srasta models`: what the running gateway offers, whether each model answers, where requests go,
/// and who answers for those that leave the perimeter.
void add_models(Command root, const config::Environment& environment);

}  // namespace srasta::cli
