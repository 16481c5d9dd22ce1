#pragma once

#include "base/clock.h"
#include "base/entropy.h"

#include <string>

namespace srasta::base {

/// 26 characters of Crockford base 32: 48 bits of milliseconds, 80 random bits. Sorts by time.
[[nodiscard]] std::string make_ulid(WallTime time, Entropy& entropy);

/// Makes many ULIDs from one draw of entropy: the random part of each batch is drawn afresh and
/// then counted up. For one thread.
class UlidSource {
 public:
  UlidSource(const Clock& clock, Entropy& entropy);
  [[nodiscard]] std::string next();

 private:
  const Clock& clock_;
  Entropy& entropy_;
  std::string random_;
  unsigned left_ = 0;
};

}  // namespace srasta::base
