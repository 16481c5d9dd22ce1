#pragma once

#include "base/result.h"
#include "sandbox/host.h"
#include "sandbox/job.h"

#include <string_view>

namespace srasta::sandbox {

/// Runs one program at the host's strongest tier, and returns when it has ended and everything it
/// started has. Blocks: for a thread that may wait. Any number of threads at once.
///
/// `cancel_descriptor` (-1: none) becoming readable or hung up ends the run: nobody wants the
/// answer any more. When this process or the calling thread ends, the run is killed with it.
///
/// Errors, told apart by `refusal_of`; in every case nothing foreign runs:
/// - Code::Unsupported: the host gives less than `Job::min_tier`;
/// - Code::Unavailable: the sandbox could not be made;
/// - Code::NotFound: the program is not there or cannot be executed;
/// - Code::Invalid: the job itself is wrong;
/// - what `Job::fill` returned.
[[nodiscard]] base::Result<Report> run(const Job& job, const Host& host, int cancel_descriptor);

/// "sandbox_tier", "sandbox_unavailable", "sandbox_program", "sandbox_job", by the error's code.
[[nodiscard]] std::string_view refusal_of(const base::Error& error);

}  // namespace srasta::sandbox
