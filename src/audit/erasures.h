#pragma once

#include "audit/event.h"
#include "base/file.h"
#include "base/result.h"

#include <cstdint>
#include <string>

namespace srasta::audit {

/// How many keys of commitments of one stream were ever erased.
struct Erasures {
  std::string stream;
  uint64_t total = 0;
};

/// The record that keys were erased: `now` of them since the record before it. `erasures` must
/// outlive the event.
[[nodiscard]] Event erased_event(const Erasures& erasures, uint64_t now);

/// The largest total that the stream `operator` tells of; 0 if it tells of none. Corrupt if it is
/// violated. For who has its lock if it must stay as it is.
[[nodiscard]] base::Result<uint64_t> read_erased(base::FileSystem& files,
                                                 const std::string& audit_folder,
                                                 const std::string& install_id,
                                                 const std::string& stream);

}  // namespace srasta::audit
