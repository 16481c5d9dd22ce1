#pragma once

#include "policy/policy.h"

#include <set>
#include <string>

namespace srasta::policy {

/// All that a policy says, one fact a line ("repositories.demo.paths.denyRead secrets/**"), so that
/// two documents with the same lines judge every call alike, however they are written. Name,
/// version and end of the document are among them; its digest is not.
[[nodiscard]] std::set<std::string> outline(const Policy& policy);

}  // namespace srasta::policy
