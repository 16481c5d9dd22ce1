#pragma once

#include "base/result.h"

namespace srasta::cli {

inline constexpr int kOk = 0;
inline constexpr int kNegative = 1;  ///< the answer is no, or the work could not be done
inline constexpr int kUsage = 2;     ///< wrong command line or configuration

// Of `srasta audit`, which tells more apart.
inline constexpr int kNotYet = 2;  ///< not bound by a checkpoint, or by no quorum
inline constexpr int kUnreadable = 3;
inline constexpr int kWrongInput = 4;

/// Prints `srasta: MESSAGE` to standard error, line by line.
void print_error(const base::Error& error);

/// `print_error` and the exit code: kUsage for Code::Invalid, else kNegative.
[[nodiscard]] int fail_with(const base::Error& error);

}  // namespace srasta::cli
