#pragma once

#include "audit/commitment.h"
#include "base/log.h"
#include "base/shared_word.h"
#include "erasure/salt_store.h"
#include "net/blocking.h"

#include <functional>
#include <memory>
#include <string>

namespace srasta::gateway {

/// Makes commitments of callers for all cores, on a thread that may block. Any thread.
class CommitmentKeeper {
 public:
  /// Both outlive the keeper's `stop`.
  CommitmentKeeper(base::Log& log, std::unique_ptr<erasure::SaltStore> store)
      : log_(log), store_(std::move(store)) {}

  using Deliver = std::function<void(base::Result<audit::Commitment>)>;
  /// The commitment of a subject, with a key that is durable.
  void ask(std::string tenant, std::string id, Deliver deliver);
  /// Changes with each erasure, before whoever was erased can get another key.
  [[nodiscard]] const base::SharedWord& erasures() const { return store_->erasures(); }

  /// What was not begun is dropped.
  void stop() { blocking_.stop(); }

 private:
  base::Log& log_;
  const std::unique_ptr<erasure::SaltStore> store_;
  // Its own thread: a disk that hangs must not keep names from being resolved.
  net::BlockingPool blocking_{1};
};

}  // namespace srasta::gateway
