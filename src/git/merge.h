#pragma once

#include "git/repository.h"

#include <cstddef>
#include <optional>

namespace srasta::git {

/// How one commit stands to another.
struct Divergence {
  std::optional<Oid> base = std::nullopt;  ///< that both come from; nothing: they have none
  size_t ahead = 0;                        ///< commits of the one that the other has not
  size_t behind = 0;
};
[[nodiscard]] base::Result<Divergence> compare_commits(const Repository& repository,
                                                       const Oid& commit, const Oid& with);

}  // namespace srasta::git
