#pragma once

#include "base/result.h"
#include "base/secret.h"

#include <cstdint>
#include <string>

namespace srasta::config {

/// The content of a regular file that the operator named. Symbolic links are followed: mounted
/// secrets and certificates are links. Code::NotFound, Code::TooLarge past `limit`, Code::Invalid
/// for anything that is not a regular file.
[[nodiscard]] base::Result<std::string> read_operator_file(const std::string& path, uint64_t limit);

/// One secret: the file's content without trailing line ends, at most 64 KiB. Code::Denied when
/// other users may read or anyone else may write the file; Code::Invalid when it is empty or weak
/// (base/weak_secret.h).
[[nodiscard]] base::Result<base::Secret> read_secret_file(const std::string& path);

}  // namespace srasta::config
