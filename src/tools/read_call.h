#pragma once

#include "policy/arguments.h"
#include "policy/judgement.h"
#include "tools/cursor.h"
#include "tools/repository_view.h"

#include <string>
#include <string_view>

namespace srasta::tools {

/// A call that reads, after its gates let it pass. Runs on a thread of the pool; everything
/// outlives it.
struct ReadCall {
  const RepositoryView& view;
  const policy::Arguments& arguments;
  const policy::Limits& limits;
  const Cursors& cursors;
  std::string_view scope;  ///< of cursors: who calls
};

/// The `result` of the answer: one JSON object.
using Result = OrReason<std::string>;

// Of files.
[[nodiscard]] Result tree_list(const ReadCall& call);
[[nodiscard]] Result file_read(const ReadCall& call);
[[nodiscard]] Result code_search(const ReadCall& call);
// Of history.
[[nodiscard]] Result branch_list(const ReadCall& call);
[[nodiscard]] Result commit_log(const ReadCall& call);
[[nodiscard]] Result commit_get(const ReadCall& call);
[[nodiscard]] Result blame(const ReadCall& call);
[[nodiscard]] Result diff(const ReadCall& call);

}  // namespace srasta::tools
