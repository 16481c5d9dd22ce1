#pragma once

#include "tools/changing.h"

namespace srasta::tools {

/// What merging the branch `source` into `target` would change there. Nothing is written.
/// PATCH_NO_APPLY when there is nothing to merge, or the two have nothing in common.
[[nodiscard]] OrReason<Prepared> prepare_merge(const ChangeCall& call);

}  // namespace srasta::tools
