#pragma once

#include "audit/verifier.h"
#include "base/file.h"

#include <string>

namespace srasta::audit {

/// Verifies one stream; a part of `verify_ledger`.
[[nodiscard]] StreamReport verify_stream(base::FileSystem& files, const std::string& folder,
                                         const std::string& install_id, const std::string& stream);

}  // namespace srasta::audit
