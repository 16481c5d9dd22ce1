#pragma once

#include "config/config.h"

namespace CLI {
class App;
}

namespace srasta::cli {

/// `srasta token issue`. `environment` must outlive the parsing of the command line.
void add_token(CLI::App& root, int& exit_code, const config::Environment& environment);

}  // namespace srasta::cli
