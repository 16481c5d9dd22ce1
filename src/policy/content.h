#pragma once

#include "policy/reason.h"

#include <string>
#include <string_view>
#include <vector>

namespace srasta::policy {

/// What a change adds to a file may not hold: CONTENT_BIDI for code points that nobody sees or that
/// reorder others (unless `bidi` allows them), CONTENT_SECRET for what looks like a credential,
/// also when it is broken over lines. The second is best effort: docs/tools.md says how much it
/// finds.
[[nodiscard]] Reason check_added_text(const std::vector<std::string_view>& lines, bool bidi);

}  // namespace srasta::policy
