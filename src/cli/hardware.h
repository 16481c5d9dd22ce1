#pragma once

#include "inference/hardware_advice.h"

#include <string>

namespace srasta::cli {

/// What this host has, from /proc and /sys below `root` ("" is the host; tests have folders of
/// their own). Memory is that of the machine or, if that is less, what control groups leave to this
/// process. NVIDIA's driver says how much memory a card has only to `nvidia-smi`, so that is run,
/// for at most five seconds, where it lies in /usr/bin below `root`.
[[nodiscard]] inference::Hardware read_hardware(const std::string& root);

}  // namespace srasta::cli
