#pragma once

#include "access/snapshot.h"
#include "base/result.h"

#include <memory>
#include <string>
#include <string_view>

namespace srasta::access {

/// Where an installation keeps its access snapshot.
struct SnapshotFiles {
  explicit SnapshotFiles(const std::string& data_folder)
      : folder(data_folder + "/access"), snapshot(folder + "/snapshot"), epoch(folder + "/epoch") {}
  std::string folder;
  std::string snapshot;
  std::string epoch;  ///< the word that says which snapshot is in force
};

/// The snapshot in the file at `path`. Code::NotFound; else what `AccessSnapshot::open` says.
[[nodiscard]] base::Result<std::shared_ptr<const AccessSnapshot>> read_snapshot(
    const std::string& path, std::string_view key);

}  // namespace srasta::access
