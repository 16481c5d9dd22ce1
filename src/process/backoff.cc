#include "process/backoff.h"

#include <algorithm>

namespace srasta::process {

base::Millis Backoff::after_run(base::MonoTime started, base::MonoTime ended) {
  if (ended - started >= settings_.reset_after) next_ = settings_.first;
  const base::Millis wait = next_;
  next_ = std::min(settings_.longest, next_ * 2);
  return wait;
}

}  // namespace srasta::process
