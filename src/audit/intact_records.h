#pragma once

#include "audit/search.h"
#include "base/file.h"
#include "base/result.h"

#include <functional>
#include <string>

namespace srasta::audit {

/// Visits all complete records of a stream in their order, beginning with the first that is there,
/// each found to be what its hash says and to follow the one before by number. The views are good
/// during the call; an error of `visit` ends it and is passed on. Whether the hashes are those of
/// the log is what `verify` and proofs say.
///
/// Corrupt for a record that is missing, damaged or in another place; NotFound: no such stream.
[[nodiscard]] base::Result<void> read_intact_records(
    base::FileSystem& files, const std::string& stream_folder,
    const std::function<base::Result<void>(const Found&)>& visit);

}  // namespace srasta::audit
