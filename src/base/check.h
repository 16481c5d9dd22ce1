#pragma once

namespace srasta::base {

/// Prints the broken invariant and aborts.
[[noreturn]] void check_failed(const char* condition, const char* why, const char* file, int line);

}  // namespace srasta::base

/// States what cannot be otherwise unless this program is wrong. Always on. Never for input.
#define SRASTA_CHECK(condition, why)                                     \
  do {                                                                   \
    if (!(condition)) [[unlikely]]                                       \
      ::srasta::base::check_failed(#condition, why, __FILE__, __LINE__); \
  } while (false)
