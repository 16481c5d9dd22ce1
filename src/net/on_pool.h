#pragma once

#include "base/check.h"
#include "net/blocking.h"
#include "net/loop.h"

#include <type_traits>
#include <utility>

namespace srasta::net {

/// Runs `work` on a thread of `pool` and waits for what it gives: what has begun ends, although its
/// client left. For the loop's own coroutines; after `pool.stop()` nothing is waited for any more.
template <typename Work>
Task<std::invoke_result_t<Work&>> on_pool(Loop& loop, BlockingPool& pool, Work work) {
  using Given = std::invoke_result_t<Work&>;
  Scope scope(loop);
  Delivery<Given> delivery(loop);
  pool.submit([work = std::move(work), deliver = delivery.sender()]() mutable { deliver(work()); });
  auto given = co_await delivery.receive(scope, base::MonoTime::max());
  SRASTA_CHECK(given, "the wait has no end but the delivery");
  co_return *std::move(given);
}

}  // namespace srasta::net
