#pragma once

#include "admin/sign_in/sign_in.h"
#include "base/check.h"

// Private to the sign-in: its work on the database's thread.
namespace srasta::admin {

/// Runs `work` in one transaction, which is committed when it succeeds.
template <typename Work>
auto SignIn::on_store(Work work) -> net::Task<std::invoke_result_t<Work&, const Desk&>> {
  using Given = std::invoke_result_t<Work&, const Desk&>;
  net::Scope scope(parts_.loop);  // what has begun ends, although its client left
  net::Delivery<Given> delivery(parts_.loop);
  parts_.store.submit(
      [this, at = now(), work = std::move(work), deliver = delivery.sender()]() mutable {
        deliver(parts_.registry.transact(at, work));
      });
  auto given = co_await delivery.receive(scope, base::MonoTime::max());
  SRASTA_CHECK(given, "the wait has no end but the delivery");
  co_return *std::move(given);
}

}  // namespace srasta::admin
