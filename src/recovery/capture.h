#pragma once

#include "base/result.h"
#include "crypto/hash.h"
#include "recovery/manifest.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace srasta::recovery {

/// Where a service stands that writes nothing for a moment.
struct HeldAt {
  uint64_t records = 0;
  crypto::Digest head{};
};

struct CaptureSettings {
  std::string data_folder;
  std::string staging;  ///< an empty folder for the copies of databases
  /// Asks whoever writes the stream to hold still; NotFound if nobody can be asked: then the stream
  /// may grow meanwhile.
  std::function<base::Result<HeldAt>(const std::string& stream)> begin;
  /// And to go on; Timeout if it went on before.
  std::function<base::Result<void>(const std::string& stream)> end;
};

/// A file as it belongs into the set.
struct CapturedFile {
  std::string path;                    ///< within the data folder
  uint64_t bytes = 0;                  ///< of a file that only grows
  std::optional<std::string> content;  ///< of one that is replaced: as it was
};

/// The state of an installation at one moment.
struct Captured {
  std::vector<CapturedFile> ledger;
  std::vector<CapturedFile> salts;  ///< without databases
  std::map<std::string, Manifest::Stream> streams;
  std::map<std::string, std::string> databases;  ///< path within the data folder -> its copy
  uint64_t frozen_us = 0;                        ///< for how long nothing could be written
};

/// The barrier: databases are locked against writing, services hold their streams still, what is at
/// rest is kept from starting; then heads, lengths and snapshots are taken, and everybody goes on.
/// Copies are made afterwards. `databases`: paths within the data folder.
[[nodiscard]] base::Result<Captured> capture(const CaptureSettings& settings,
                                             const std::vector<std::string>& databases);

}  // namespace srasta::recovery
