#pragma once

#include "config/config.h"

namespace CLI {
class App;
}

namespace srasta::cli {

/// `srasta access`: apply, show and explain the access rules. `environment` must outlive the
/// parsing of the command line.
void add_access(CLI::App& root, int& exit_code, const config::Environment& environment);

}  // namespace srasta::cli
