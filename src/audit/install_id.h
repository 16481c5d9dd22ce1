#pragma once

#include "base/file.h"
#include "base/result.h"

#include <string>

namespace srasta::audit {

/// The id of the installation whose ledger `audit_folder` (<data>/audit) holds, as its first stream
/// wrote it. Io when it cannot be read; the message names the file.
[[nodiscard]] base::Result<std::string> read_install_id(base::FileSystem& files,
                                                        const std::string& audit_folder);

}  // namespace srasta::audit
