#pragma once

#include "base/result.h"
#include "policy/policy.h"

#include <string>

namespace srasta::cli {

/// The policy in a file; Code::Invalid with every problem, each with its line.
[[nodiscard]] base::Result<policy::Policy> read_policy_file(const std::string& file);

}  // namespace srasta::cli
