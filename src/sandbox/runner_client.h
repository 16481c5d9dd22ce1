#pragma once

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/result.h"
#include "sandbox/run_message.h"

namespace srasta::sandbox {

/// Asks a runner (`runner.h`) in another process. Any number of threads at once.
class RunnerClient {
 public:
  /// Waits until the runner has said what the host gives. Code::Unavailable when it does not.
  [[nodiscard]] static base::Result<RunnerClient> connect(base::Descriptor socket,
                                                          base::Millis within);

  [[nodiscard]] const HostReport& host() const { return host_; }

  /// One run with the files of the sealed `tree`; returns when all of it has ended. Blocks.
  /// `cancel_descriptor` becoming readable ends the run. Errors: those of `run`, and
  /// Code::Unavailable when the runner is gone, with which the run is.
  [[nodiscard]] base::Result<RunEnd> run(const RunOrder& order, int tree,
                                         int cancel_descriptor) const;

 private:
  RunnerClient(base::Descriptor socket, HostReport host)
      : socket_(std::move(socket)), host_(std::move(host)) {}

  base::Descriptor socket_;
  HostReport host_;
};

}  // namespace srasta::sandbox
