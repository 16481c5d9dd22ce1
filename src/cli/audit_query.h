#pragma once

#include "audit/search.h"
#include "cli/command_line.h"

#include <string>

namespace srasta::cli {

/// The filters of `srasta audit search` and `export`; `query` must outlive the command line. What
/// can find nothing because it is misspelt is refused. `outcome` names the option for outcomes:
/// where `--out` is a file, it is another one.
void add_query_options(Command command, audit::Query& query, const std::string& outcome);

/// What is wrong with a time of the command line (UTC, or its beginning); empty if nothing is.
[[nodiscard]] std::string check_audit_time(const std::string& time);

}  // namespace srasta::cli
