#pragma once

#include "cli/command_line.h"
#include "config/config.h"

#include <string_view>

namespace srasta::cli {

/// The name of the command below, which only `srasta up` calls.
inline constexpr const char* kEngineKeeper = "engine-keeper";
/// The number of its inherited sealed memory with `EngineStarts`.
inline constexpr std::string_view kStartsVariable = "SRASTA_FD_ENGINES";
/// And of its end of a pair of sockets (SOCK_SEQPACKET). It starts engines when a message comes,
/// sends an `EngineEvent` as each starts and ends, and stops them and itself when the other end is
/// closed for writing, which the death of `srasta up` is, too.
inline constexpr std::string_view kPlatformVariable = "SRASTA_FD_PLATFORM";

/// How long engines have between SIGTERM and SIGKILL.
inline constexpr int kEngineGraceSeconds = 10;

/// `srasta engine-keeper`: a process that stays root, where `srasta up` started as root, and does
/// nothing but start engines as their users, restart, log and stop them. Help does not show it.
void add_engine_keeper(Command root, const config::Environment& environment);

}  // namespace srasta::cli
