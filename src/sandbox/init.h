#pragma once

#include <span>
#include <string>

namespace srasta::sandbox {

/// `srasta-sandbox-init`: prepares the place of one run, says that it is ready, waits for the word
/// to go on and for the filter, starts the foreign program confined, and says how it ended. At T3
/// it is also whom the program's orphans fall to, and it ends them. `arguments` as `to_arguments`
/// makes them. The process's exit status, which nobody needs but a person: 2 when it was not
/// started by `run`.
[[nodiscard]] int run_init(std::span<const std::string> arguments);

}  // namespace srasta::sandbox
