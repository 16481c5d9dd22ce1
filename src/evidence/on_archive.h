#pragma once

#include "base/result.h"
#include "evidence/archive.h"
#include "net/blocking.h"
#include "net/task.h"

#include <functional>
#include <utility>

namespace srasta::evidence {

/// Runs `work` on a thread of the archive that may wait, and waits for what it gives. Exhausted:
/// too much waits already; Cancelled: `scope` ended first, and what `work` gives is dropped. It
/// must own what it uses.
template <typename T>
net::Task<base::Result<T>> on_archive(Archive& archive, net::Scope& scope,
                                      std::function<base::Result<T>()> work) {
  net::Delivery<base::Result<T>> delivery(scope.loop());
  const bool taken =
      archive.submit([work = std::move(work), deliver = delivery.sender()] { deliver(work()); });
  if (!taken) co_return base::make_error(base::Code::Exhausted, "too many questions at once");
  auto given = co_await delivery.receive(scope, scope.deadline());
  co_return std::move(given).value_or(
      base::make_error(base::Code::Cancelled, "nobody waits for it any more"));
}

}  // namespace srasta::evidence
