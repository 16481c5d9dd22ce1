#pragma once

#include "audit/event.h"
#include "audit/intent.h"
#include "audit/ledger.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/file.h"
#include "base/result.h"
#include "process/user.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace srasta::cli {

/// This process as the writer of the audit stream `operator`, in which acts on the ledger itself
/// are recorded. The `srasta up` of the installation countersigns it as it does all streams.
class OperatorLog {
 public:
  /// Waits for no other command: Conflict if one writes just now. Denied if the audit folder
  /// belongs to another user, who could not read what this one writes. NotFound: there is no
  /// ledger. Else the errors of `audit::Ledger::open`.
  static base::Result<std::unique_ptr<OperatorLog>> open(const std::string& data_folder);
  /// The same for root, who writes its files in the name of their owner.
  static base::Result<std::unique_ptr<OperatorLog>> open_as_owner(const std::string& data_folder);

  [[nodiscard]] audit::Ledger& ledger() { return *ledger_; }
  /// Of an act that is told in two records: it may be done once this one is on disk, in the name of
  /// the user who runs this. `name` is what both have in common.
  [[nodiscard]] base::Result<audit::Intent> declare(audit::Event event, const std::string& name);
  /// What became of it.
  static void end(audit::Intent intent, audit::Event event);
  /// Writes the record durably, in the name of the user who runs this, and signs the head that
  /// covers it; its number. Unavailable when the disk refuses.
  base::Result<uint64_t> write(audit::Event event);
  /// An orderly end.
  base::Result<void> close();
  ~OperatorLog();
  OperatorLog() = default;
  OperatorLog(const OperatorLog&) = delete;
  OperatorLog& operator=(const OperatorLog&) = delete;

 private:
  [[nodiscard]] base::Result<void> open_ledger(const std::string& folder);

  base::PosixFileSystem files_;
  base::SystemClock clock_;
  base::SystemEntropy entropy_;
  std::optional<process::User> owner_;  // whose files they are, if it is not this process
  std::unique_ptr<audit::Ledger> ledger_;
};

/// Who runs this, as records name him: "uid:0".
[[nodiscard]] std::string host_user();
/// A name for something that is made now: a ULID.
[[nodiscard]] std::string new_name();

/// Whether `srasta up` runs on this folder, and so countersigns.
[[nodiscard]] bool is_up(base::FileSystem& files, const std::string& data_folder);

}  // namespace srasta::cli
