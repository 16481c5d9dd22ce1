#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace srasta::base {

void check_failed(const char* condition, const char* why, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: invariant broken: %s (%s)\n", file, line, condition, why);
  std::abort();
}

}  // namespace srasta::base
