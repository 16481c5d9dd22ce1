#include "cli/policy_file.h"

#include "config/operator_file.h"
#include "policy/read_policy.h"

#include <fmt/format.h>

namespace srasta::cli {

base::Result<policy::Policy> read_policy_file(const std::string& file) {
  SRASTA_TRY_ASSIGN(const std::string bytes,
                    config::read_operator_file(file, policy::kLongestDocument + 1));
  policy::ReadResult read = policy::read_policy(bytes);
  if (read.policy) return *std::move(read.policy);
  std::string text;
  for (const config::Problem& problem : read.problems) {
    text += fmt::format("{}{}:{}: {}{}{}", text.empty() ? "" : "\n", file, problem.line,
                        problem.key, problem.key.empty() ? "" : ": ", problem.what);
    if (!problem.allowed.empty()) text += "; allowed: " + problem.allowed;
  }
  return base::make_error(base::Code::Invalid, text);
}

}  // namespace srasta::cli
