#pragma once

#include "policy/judgement.h"

#include <cstddef>
#include <string>

namespace bench {

/// A policy of `rules` rules, twenty repositories and sets of paths as an organisation has them;
/// `git_dir` is that of the repository `service-0`, where `principal` may write. Exits if it is not
/// valid.
[[nodiscard]] srasta::policy::Policy tool_policy(size_t rules, const std::string& git_dir);
[[nodiscard]] srasta::policy::Principal tool_principal();

}  // namespace bench
