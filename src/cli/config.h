#pragma once

#include "base/result.h"
#include "cli/command_line.h"
#include "config/config.h"

#include <string>
#include <vector>

namespace srasta::cli {

/// `srasta config schema|check|explain`. `environment` must outlive the parsing of the command
/// line.
void add_config(Command root, const config::Environment& environment);

/// The files that a valid configuration names and this user cannot use, each with `FILE:LINE: key`.
[[nodiscard]] std::vector<base::Error> unreadable_files(const config::Loaded& loaded,
                                                        const std::string& file);

}  // namespace srasta::cli
