#pragma once

#include "cli/command_line.h"

namespace srasta::cli {

/// `srasta serve witness`: a witness of transparency logs (docs/witness.md), in this process.
void add_serve_witness(Command serve);

}  // namespace srasta::cli
