#pragma once

#include "cli/command_line.h"
#include "config/config.h"

namespace srasta::cli {

/// `srasta models engines` and `srasta models route MODEL`.
void add_models_engines(Command models);
/// `srasta models logs NAME`.
void add_models_logs(Command models);
/// `srasta models hardware`.
void add_models_hardware(Command models);
/// `srasta models acknowledge-egress NAME` and `srasta models revoke-egress NAME`.
void add_models_egress(Command models, const config::Environment& environment);

}  // namespace srasta::cli
