#pragma once

#include "base/result.h"
#include "recovery/manifest.h"

#include <optional>
#include <string>
#include <vector>

namespace srasta::recovery {

/// A complete set as it lies in a folder; not verified.
struct SetFolder {
  std::string path;
  std::string json;  ///< of the manifest
  std::string note;  ///< its signature
  Manifest manifest;
};

/// NotFound when it is no folder with a manifest; the errors of `parse_manifest`; Corrupt when the
/// folder has another name than the manifest.
[[nodiscard]] base::Result<SetFolder> read_set(const std::string& path);

inline constexpr std::string_view kPartial = ".partial";

/// What a folder of sets holds.
struct ListedSet {
  std::string id;
  std::string path;
  std::optional<Manifest> manifest;
  std::string problem;  ///< why there is none; of a set that is not complete, too
};
/// Oldest first. Nothing when there is no such folder.
[[nodiscard]] base::Result<std::vector<ListedSet>> list_sets(const std::string& folder);

/// Restores beside a data folder that did not come to their end, see `clean_leftovers`.
[[nodiscard]] std::vector<std::string> leftovers_of_restore(const std::string& data_folder);

}  // namespace srasta::recovery
