#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "recovery/create_set.h"
#include "recovery/set_folder.h"

#include <string>
#include <string_view>
#include <vector>

namespace srasta::recovery {

/// What is wrong with a set, for people: one sentence each, which names the file.
using Problems = std::vector<std::string>;

/// Level 1: that the set's folder holds what its manifest says and nothing else. Reads everything.
[[nodiscard]] Problems check_files(const SetFolder& set, const Progress& progress);

/// Decrypts every component and makes its files in `folder`, which is empty: an installation as it
/// was, without what is left out. What does not fit the manifest is a problem.
[[nodiscard]] Problems unpack_set(const SetFolder& set, const base::Secret& identity,
                                  const std::string& folder, const Progress& progress);

/// Level 2, with `unpack_set`: that an unpacked installation is the one of the manifest. Databases
/// are whole and hold as many rows, the ledger verifies and ends at the barrier, keys are those
/// that belong to it.
[[nodiscard]] Problems check_unpacked(const Manifest& manifest, const std::string& folder);

}  // namespace srasta::recovery
