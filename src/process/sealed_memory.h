#pragma once

#include "base/descriptor.h"
#include "base/result.h"
#include "base/secret.h"

#include <string>

namespace srasta::process {

/// A memory file (memfd_create(2)) that holds `content` and can never again be written, grown,
/// shrunk or unsealed. It has no path: only who inherits the descriptor can read it. Closed on
/// exec unless inherited by `ChildSpec`.
[[nodiscard]] base::Result<base::Descriptor> seal_memory(const std::string& name,
                                                         const base::Secret& content);

/// Content of a sealed memory file, from its start, at most 1 MiB. Code::Invalid when `descriptor`
/// is anything that could still change: the reader depends on nobody's good will.
[[nodiscard]] base::Result<base::Secret> read_sealed_memory(int descriptor);

}  // namespace srasta::process
