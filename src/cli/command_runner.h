#pragma once

#include "base/result.h"
#include "process/child.h"
#include "process/user.h"
#include "sandbox/runner_client.h"

#include <optional>
#include <string>
#include <vector>

// srasta-tools starts itself once more, before it is confined: that process runs commands in
// sandboxes (sandbox/runner.h), and has no key, no configuration and no file of ours.
namespace srasta::cli {

/// The first argument of that process.
inline constexpr const char* kRunCommands = "run-commands";

struct CommandRunner {
  process::Child child;
  sandbox::RunnerClient client;
};

/// `program`: the executable srasta-tools. From the thread that lives longest, since the runner
/// ends with it. `scratch`: an existing folder, `user`'s, for runs that have no file system of
/// their own.
[[nodiscard]] base::Result<CommandRunner> start_command_runner(const std::string& program,
                                                               const std::string& scratch,
                                                               std::optional<process::User> user);

/// The executable `name` that lies beside this one.
[[nodiscard]] base::Result<std::string> program_beside(const std::string& name);

/// What that process does, until its socket is closed. `arguments`: all after the program's name.
[[nodiscard]] base::Result<void> run_commands(const std::vector<std::string>& arguments);

}  // namespace srasta::cli
