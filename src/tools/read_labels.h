#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "net/task.h"
#include "policy/policy.h"
#include "tools/store_thread.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::tools {

/// The highest label of what each principal has read in the last day, whichever of its keys,
/// personas and agents it did it with: a caller cannot begin anew and forget. Outlives restarts.
/// For one loop.
class ReadLabels {
 public:
  static constexpr base::Seconds kRemembered{86'400};

  struct Parts {
    base::Log& log;
    StoreThread& store;
    size_t most_principals = 100'000;
  };
  explicit ReadLabels(const Parts& parts) : parts_(parts) {}
  ReadLabels(const ReadLabels&) = delete;
  ReadLabels& operator=(const ReadLabels&) = delete;

  /// What was remembered before this start; forgets what is older. Before anything is asked.
  base::Result<void> load(sql::Connection& database, int64_t now);

  /// Nothing: it has read nothing.
  [[nodiscard]] std::optional<policy::Label> of(std::string_view principal, int64_t now) const;
  /// Remembers, on disk, before what was read may leave; false: it must not.
  net::Task<bool> remember(std::string principal, policy::Label label, int64_t now);

 private:
  struct Read {
    policy::Label label = policy::Label::Public;
    int64_t at = 0;
  };
  [[nodiscard]] bool has_room(std::string_view principal, int64_t now);

  const Parts parts_;
  std::map<std::string, Read, std::less<>> read_;
};

}  // namespace srasta::tools
