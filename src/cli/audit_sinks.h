#pragma once

#include "cli/command_line.h"
#include "config/config.h"

#include <string>

namespace srasta::cli {

/// `srasta audit sinks`: how far each sink of the configuration got in each stream, from the files
/// that `srasta up` keeps. Exit status: 0; 1 if a sink lacks more records than it should; 2 for a
/// configuration that cannot be read; 3 if a position or a stream cannot be read.
void add_audit_sinks(Command audit, const std::string& data_folder,
                     const config::Environment& environment);

}  // namespace srasta::cli
