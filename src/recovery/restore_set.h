#pragma once

#include "audit/event.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/result.h"
#include "process/user.h"
#include "recovery/recovery_key.h"
#include "recovery/verify_set.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace srasta::recovery {

struct RestoreSettings {
  std::string data_folder;  ///< what is there stays beside it, as `<data folder>.before-<id>`
  std::string id;           ///< of this restore; an ULID
  std::string release;
  std::string actor;  ///< who restores, for the record
  const base::Secret& identity;
  /// A data folder, or a copy of one, that knows of erasures which the set does not; beside what
  /// lies in `data_folder`. Empty: none.
  std::string erasures;
  /// The account of services, when it is not that of this process: owns all but keys/.
  std::optional<process::User> services;
  /// Looks at the new data folder before it is put in place.
  std::function<base::Result<void>(const std::string& folder)> check;
  Progress progress;
};

struct Restored {
  std::string before;        ///< where the former data folder is now; empty: there was none
  bool ledger_kept = false;  ///< the ledger that was there goes on; else it is that of the set
  std::string why_not_kept;  ///< for people
  uint64_t erasures = 0;     ///< that were done again
  bool config = false;       ///< `restored.yaml` has the configuration of the set
};

/// Puts a set, whose files were checked, in the place of a data folder. A new folder is built
/// beside it, checked and made durable, and then takes its place in one step: who is killed leaves
/// the installation of before or the restored one. Conflict while something runs on the data
/// folder.
///
/// The ledger is not taken back. Where the one that is there is intact and goes on from the barrier
/// of the set, it is the ledger of the new folder, too; otherwise that of the set is, and each of
/// its streams says so (`log.restored`). Either way writers get another fence and another key.
[[nodiscard]] base::Result<Restored> restore_set(const SetFolder& set,
                                                 const RestoreSettings& settings);

/// What restores of before left beside the data folder when they were killed: what was being built
/// is removed, and a former data folder gets its name. What was done, for people.
[[nodiscard]] base::Result<std::vector<std::string>> clean_leftovers(
    const std::string& data_folder);

}  // namespace srasta::recovery
