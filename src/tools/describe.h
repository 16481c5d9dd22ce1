#pragma once

#include "policy/judgement.h"
#include "policy/policy.h"
#include "tools/repository_view.h"

#include <map>
#include <string>

namespace srasta::tools {

struct TenantPolicy;

/// Answers that follow from the policy; JSON objects.

/// The tools that the caller may call now, by name, each with its schema.
[[nodiscard]] std::string tools_json(const policy::Policy& policy,
                                     const policy::Principal& principal, base::WallTime now);
/// The repositories that the caller is told of.
[[nodiscard]] std::string repositories_json(const TenantPolicy& policy,
                                            const policy::Principal& principal, base::WallTime now);
[[nodiscard]] std::string repository_json(const RepositoryView& view, const policy::Limits& limits);
[[nodiscard]] std::string commands_json(const policy::Policy& policy,
                                        const policy::Repository& repository);
/// What `policy_explain` answers. Without `all`, what the caller would not be told in an answer
/// stays out.
[[nodiscard]] std::string judgement_json(const policy::Judgement& judgement, bool all);

}  // namespace srasta::tools
