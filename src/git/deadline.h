#pragma once

#include "git/repository.h"

#include <chrono>

namespace srasta::git {

/// From `deadline` on, whatever has to read another object of `repository` fails with
/// Code::Timeout: walks of a history, blame, comparisons. Objects that were read stay known.
[[nodiscard]] base::Result<void> read_until(Repository& repository,
                                            std::chrono::steady_clock::time_point deadline);

}  // namespace srasta::git
