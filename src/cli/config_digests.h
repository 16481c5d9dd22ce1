#pragma once

#include "cli/internal_client.h"

#include <span>
#include <string>
#include <vector>

namespace srasta::cli {

/// The digests of the configurations that services say are in force (GET /internal/identity), in no
/// order; none of a service that does not answer.
[[nodiscard]] std::vector<std::string> config_digests(std::span<const InternalPeer> services);

}  // namespace srasta::cli
