#pragma once

#include "crypto/hash.h"
#include "git/stage.h"
#include "json/document.h"
#include "policy/change.h"
#include "policy/limits.h"
#include "tools/repository_view.h"

#include <string>
#include <string_view>
#include <vector>

namespace srasta::tools {

/// A change of files, made in memory: what policy judges, and what would be written if it is
/// allowed. Nothing of it is on disk.
struct Plan {
  git::Oid base;  ///< the commit that it is upon
  git::Oid tree;  ///< that it leads to
  std::vector<git::TreeEdit> edits;
  policy::Changes changes;  ///< what differs between the two trees
  crypto::Digest digest{};  ///< of base and changes: what an approval is bound to
};

/// Plans a patch or edits upon `base`. `view` has a quarantine. Reasons of patches and of paths;
/// PATH_DENIED, without having looked, for what nobody is shown.
[[nodiscard]] OrReason<Plan> plan_patch(const RepositoryView& view, const git::Oid& base,
                                        std::string_view patch, const policy::Limits& limits);
[[nodiscard]] OrReason<Plan> plan_edits(const RepositoryView& view, const git::Oid& base,
                                        json::Value edits, const policy::Limits& limits);

/// What differs between a commit and one that comes from it; edits are none.
[[nodiscard]] OrReason<Plan> plan_between(const RepositoryView& view, const git::Oid& base,
                                          const git::Oid& commit);

/// `effects` of answers: an array.
[[nodiscard]] std::string effects_json(const policy::Changes& changes);

}  // namespace srasta::tools
