#pragma once

#include "base/result.h"
#include "storage/sql.h"
#include "tools/approval.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace srasta::tools {

/// Approvals on disk. What is committed survives a kill. Every call blocks; one thread. The
/// connection outlives the store.
class ApprovalStore {
 public:
  explicit ApprovalStore(sql::Connection& database) : database_(database) {}

  /// Nothing when there is none of the id.
  [[nodiscard]] base::Result<std::optional<Approval>> find(const std::string& id);
  /// The latest one of an equal call that still waits, or was denied, and has not expired.
  [[nodiscard]] base::Result<std::optional<Approval>> find_equal(const Bound& bound, int64_t now);

  /// Why no more can be asked for now.
  struct TooMany {};
  /// Keeps one that is pending, and forgets what expired long ago.
  [[nodiscard]] base::Result<std::optional<TooMany>> add(const Approval& approval);
  /// Keeps state and verdicts, if they are still those of `before`; whether they were.
  [[nodiscard]] base::Result<bool> replace(const Approval& before, const Approval& after);
  /// Of all who use one that is approved, exactly one is told true.
  [[nodiscard]] base::Result<bool> use(const std::string& id, int64_t now);

  /// Of one tenant, the latest first.
  [[nodiscard]] base::Result<std::vector<Approval>> list(const std::string& tenant);

 private:
  [[nodiscard]] base::Result<bool> has_room(const Approval& approval);

  sql::Connection& database_;
};

}  // namespace srasta::tools
