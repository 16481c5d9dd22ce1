#pragma once

#include "audit/commitment.h"
#include "gateway/commitment_keeper.h"
#include "net/scope.h"
#include "net/task.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace srasta::gateway {

/// How one core's records name callers: by their ids, or by commitments, which it remembers until
/// the next erasure. Used on its loop only.
class RecordedCallers {
 public:
  explicit RecordedCallers(CommitmentKeeper& keeper) : keeper_(keeper) {}

  /// Whether plain ids are committed to as well.
  void commit_all(bool all) { all_ = all; }

  /// What is known holds as long as this is the same.
  [[nodiscard]] uint64_t stamp() const { return 2 * keeper_.erasures().load() + (all_ ? 1 : 0); }

  /// Nothing: recorded by the id itself.
  using Name = std::optional<audit::Commitment>;
  /// Without waiting; nothing: it has to be asked for.
  [[nodiscard]] std::optional<Name> find(std::string_view tenant, std::string_view id);
  /// Waits for the disk, at most 1 s; nothing: no key can be had. The views must outlive the task.
  [[nodiscard]] net::Task<std::optional<Name>> ask(net::Scope& scope, std::string_view tenant,
                                                   std::string_view id);

 private:
  /// What was remembered before an erasure does not count any more.
  void forget_erased();

  CommitmentKeeper& keeper_;
  bool all_ = false;
  uint64_t erasures_ = 0;  ///< of what is remembered
  std::unordered_map<std::string, audit::Commitment> known_;
};

}  // namespace srasta::gateway
