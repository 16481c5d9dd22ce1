#pragma once

#include "admin/sign_in/sign_in.h"
#include "net/on_pool.h"

// Private to the sign-in: its work on the database's thread.
namespace srasta::admin {

/// Runs `work` in one transaction, which is committed when it succeeds.
template <typename Work>
auto SignIn::on_store(Work work) -> net::Task<std::invoke_result_t<Work&, const Desk&>> {
  return on_pool(parts_.loop, parts_.store, [this, at = now(), work = std::move(work)]() mutable {
    return parts_.registry.transact(at, work);
  });
}

}  // namespace srasta::admin
