#pragma once

#include "config/config.h"

namespace CLI {
class App;
}

namespace srasta::cli {

/// `srasta serve NAME`: one service in the foreground, in place of this process. `environment` must
/// outlive the parsing of the command line.
void add_serve(CLI::App& root, int& exit_code, const config::Environment& environment);

}  // namespace srasta::cli
