#pragma once

#include "base/log.h"
#include "crypto/hash.h"
#include "net/scope.h"
#include "service/journal.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>

namespace srasta::gateway {

/// Puts each change of the access rules on record, in their order, and tries until it is there:
/// until then nobody is admitted by them (docs/adr/0009). Lives on one loop.
class AccessRecorder {
 public:
  struct Parts {
    net::Loop& loop;
    service::Journal& journal;
    base::Log& log;
  };
  struct Change {
    uint64_t epoch = 0;  ///< of the snapshot
    uint64_t revision = 0;
    std::optional<crypto::Digest> before;  ///< nothing: those that a start found
    crypto::Digest after{};
  };
  /// Called on the loop with the epoch whose rules are on record now.
  using Recorded = std::function<void(uint64_t epoch)>;

  AccessRecorder(const Parts& parts, Recorded recorded)
      : parts_(parts), recorded_(std::move(recorded)), scope_(parts.loop) {}
  AccessRecorder(const AccessRecorder&) = delete;
  AccessRecorder& operator=(const AccessRecorder&) = delete;

  void record(const Change& change);
  /// Tries no more; `stopped` once nothing runs any more.
  void stop() { scope_.cancel(); }
  [[nodiscard]] bool stopped() const { return !running_; }

 private:
  net::Task<void> write_all();
  net::Task<void> write(const Change& change);

  const Parts parts_;
  const Recorded recorded_;
  net::Scope scope_;
  // An operator makes them one by one, and none may be missing from the log.
  std::deque<Change> changes_;
  bool running_ = false;
};

}  // namespace srasta::gateway
