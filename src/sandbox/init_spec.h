#pragma once

#include "base/result.h"
#include "sandbox/tier.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace srasta::sandbox {

/// What `srasta-sandbox-init` is told on its command line. `run` writes it, nobody else does.
struct InitSpec {
  Tier tier = Tier::T1;
  uint64_t control = 3;       ///< descriptor of the control socket
  uint64_t landlock_abi = 0;  ///< to use; this kernel has it
  uint64_t network = 0;       ///< 1: TCP is not refused by Landlock
  uint64_t exclusive = 0;     ///< 1: no other process of the host has this user
  uint64_t cpu_seconds = 0;
  uint64_t address_space = 0;  ///< bytes; 0: as it is
  uint64_t file_size = 0;      ///< bytes
  uint64_t open_files = 0;
  uint64_t processes = 0;                ///< RLIMIT_NPROC
  uint64_t tree_bytes = 0;               ///< size of the file system on /workspace; T1
  uint64_t tmp_bytes = 0;                ///< size of the file system on /tmp; T1
  uint64_t files = 0;                    ///< inodes in each of them; T1
  std::string folder;                    ///< the program's folder; absolute
  std::string tmp;                       ///< where it may write besides; absolute
  std::vector<std::string> environment;  ///< NAME=VALUE
  std::vector<std::string> argv;
};

/// Arguments without the program's name: each member as `name=value` in a fixed order, `env=...`
/// for each variable, `--`, argv.
[[nodiscard]] std::vector<std::string> to_arguments(const InitSpec& spec);

/// Inverse of `to_arguments`; Code::Invalid for anything else.
[[nodiscard]] base::Result<InitSpec> parse_arguments(std::span<const std::string> arguments);

}  // namespace srasta::sandbox
