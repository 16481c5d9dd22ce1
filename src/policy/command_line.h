#pragma once

#include "policy/arguments.h"
#include "policy/policy.h"

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::policy {

/// The command that a call names, if its parameters are what the template takes: CMD_UNKNOWN,
/// CMD_PARAM, ARG_UNKNOWN_FIELD or a reason of paths. Tools without a command pass.
[[nodiscard]] Reason check_command(const Policy& policy, const Repository& repository, Tool tool,
                                   const Arguments& arguments, const Command*& command);

/// The command line of a call that `check_command` let pass, without the program. A file stands
/// there as `./path` unless `--` comes before it, so that no value is ever read as an option.
[[nodiscard]] std::vector<std::string> command_line(const Command& command,
                                                    const Arguments& arguments);

/// The files of the tree that a call names as parameters.
[[nodiscard]] std::vector<std::string> named_files(const Command& command,
                                                   const Arguments& arguments);

}  // namespace srasta::policy
