#pragma once

#include "access/snapshot_file.h"
#include "base/result.h"
#include "base/secret.h"
#include "config/config.h"
#include "storage/sql.h"

#include <cstdint>
#include <memory>
#include <string>

namespace srasta::admin {

struct Published {
  uint64_t revision = 0;
  bool changed = false;  ///< false: what is in force says the same already
};

/// Compiles the access rules of the configuration and of the database, and puts them in force: the
/// snapshot is durable before the epoch says that it is there. Without `directory` those of the
/// configuration alone. Code::NotFound when the installation was never started.
[[nodiscard]] base::Result<Published> publish_access(const std::string& data_folder,
                                                     const config::Loaded& loaded,
                                                     const base::Secret& key,
                                                     sql::Connection* directory);
/// The same with the database of the installation, if it has one.
[[nodiscard]] base::Result<Published> publish_access(const std::string& data_folder,
                                                     const config::Loaded& loaded,
                                                     const base::Secret& key);

/// The snapshot in force. Code::NotFound before the first start.
[[nodiscard]] base::Result<std::shared_ptr<const access::AccessSnapshot>> load_access(
    const std::string& data_folder, const base::Secret& key);

}  // namespace srasta::admin
