#pragma once

#include "git/repository.h"

#include <map>
#include <string>

namespace srasta::git {

/// Makes a bare repository in `folder`, which must not exist, with one commit of these files (names
/// without slashes) on the branch `main`. Nothing of the host's templates comes into it.
[[nodiscard]] base::Result<void> init_repository(const std::string& folder,
                                                 const std::map<std::string, std::string>& files,
                                                 int64_t time);

}  // namespace srasta::git
