#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "recovery/capture.h"
#include "recovery/manifest.h"
#include "tlog/note_key.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace srasta::recovery {

/// How far something is: of one step, in bytes.
using Progress = std::function<void(std::string_view step, uint64_t done, uint64_t all)>;

struct CreateSettings {
  std::string data_folder;
  std::string sets_folder;  ///< made when missing, 0700
  std::string id;           ///< of the set; an ULID
  base::WallTime now;
  std::string release;
  std::string config_file;  ///< copied into the set; empty: built-in defaults
  std::string recipient;
  const tlog::SignerKey& log_key;  ///< named by the install id
  CaptureSettings barrier;         ///< `staging` is filled in
  Progress progress;
};

/// Makes the set `<sets folder>/<id>`; until it is complete and durable its folder is
/// `<id>.partial`, which an error removes. For who holds the lock of the stream `operator`, so that
/// two do not make sets at once, and nobody prunes or erases meanwhile. Unsupported when the data
/// folder has a file that no part has; Corrupt when a database is damaged.
[[nodiscard]] base::Result<Manifest> create_set(CreateSettings settings);

}  // namespace srasta::recovery
