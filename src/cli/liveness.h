#pragma once

#include "base/clock.h"
#include "identity/forwarded.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace srasta::cli {

/// The name under which the supervisor speaks to services.
inline constexpr std::string_view kSupervisor = "supervisor";

/// Asks a service that is ready on its socket, again and again, whether it is alive
/// (GET /internal/health), and says so when it is silent for long; after that, once it has answered
/// again. Any answer counts, also "not healthy":
/// a service that knows what it lacks needs no restart. Runs on a thread of its own until
/// destroyed.
class Liveness {
 public:
  struct Settings {
    std::string socket;
    std::string callee;  ///< name of the service
    identity::ForwardingKey key;
    /// Of the supervisor's own log, as X-Srasta-Audit shows it. Called on the thread of this
    /// object.
    std::function<std::string()> audit_head;
    base::Seconds every{2};
    base::Seconds within{2};  ///< how long one answer may take
    int misses = 5;           ///< in a row, before the service counts as silent
  };

  /// `on_silent` is called on the thread of this object. `clock` must outlive it.
  Liveness(Settings settings, const base::Clock& clock, std::function<void()> on_silent);
  Liveness(const Liveness&) = delete;
  Liveness& operator=(const Liveness&) = delete;
  ~Liveness();

 private:
  struct Work;
  std::unique_ptr<Work> work_;
};

}  // namespace srasta::cli
