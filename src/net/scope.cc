#include "net/scope.h"

#include "base/check.h"

#include <algorithm>

namespace srasta::net {

bool Wait::ended_early() {
  if (scope_.cancelled_) {
    wake_ = Wake::Cancelled;
    return true;
  }
  if (std::min(deadline_, scope_.deadline_) <= scope_.loop_.now()) {
    wake_ = Wake::Timeout;
    return true;
  }
  return false;
}

void Wait::park(std::coroutine_handle<> handle) {
  SRASTA_CHECK(scope_.waiting_ == nullptr, "one coroutine waits in a scope at a time");
  handle_ = handle;
  scope_.waiting_ = this;
  const base::MonoTime deadline = std::min(deadline_, scope_.deadline_);
  if (deadline != base::MonoTime::max()) scope_.loop_.timers().arm(*this, deadline);
}

void Wait::finish(Wake wake) {
  wake_ = wake;
  disarm();
  scope_.waiting_ = nullptr;
  unregister();
  scope_.loop_.resume_soon(handle_);
}

}  // namespace srasta::net
