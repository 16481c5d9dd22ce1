#pragma once

#include "config/config.h"

namespace CLI {
class App;
}

namespace srasta::cli {

/// `srasta up`: every service of this host, supervised in the foreground. `environment` is this
/// process's own and must outlive the parsing of the command line.
void add_up(CLI::App& root, int& exit_code, const config::Environment& environment);

}  // namespace srasta::cli
