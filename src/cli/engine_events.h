#pragma once

#include "process/child.h"

#include <optional>
#include <string>
#include <string_view>

namespace srasta::cli {

/// What the keeper of engines tells `srasta up`: an engine was started or, with `exit`, ended.
struct EngineEvent {
  std::string engine;
  pid_t pid = 0;  ///< of a start
  std::optional<process::Exit> exit;
};

/// One message: "start NAME PID", "end NAME STATUS SIGNAL".
[[nodiscard]] std::string to_message(const EngineEvent& event);
/// Nothing for what `to_message` does not write.
[[nodiscard]] std::optional<EngineEvent> parse_engine_event(std::string_view message);

}  // namespace srasta::cli
