#pragma once

#include "net/blocking.h"
#include "net/http_server.h"
#include "net/loop.h"
#include "sandbox/runner_client.h"

#include <optional>

namespace srasta::tools {

/// Runs of commands, each on a thread that waits for it. Of one loop.
class Runs {
 public:
  /// Without a runner nothing runs.
  Runs(net::Loop& loop, std::optional<sandbox::RunnerClient> runner);
  Runs(const Runs&) = delete;
  Runs& operator=(const Runs&) = delete;

  /// What the host gives; Tier::None without a runner.
  [[nodiscard]] const sandbox::HostReport& host() const { return host_; }
  /// One run for the client of `exchange`; when that is gone, the run is ended. Returns when all of
  /// it has ended. Errors: those of `RunnerClient::run`. `order` outlives it.
  net::Task<base::Result<sandbox::RunEnd>> run(net::Exchange& exchange,
                                               const sandbox::RunOrder& order, int tree);
  /// Waits for what runs. The loop does not run any more.
  void stop() { waiting_.stop(); }

 private:
  net::Loop& loop_;
  const std::optional<sandbox::RunnerClient> runner_;
  const sandbox::HostReport host_;
  net::BlockingPool waiting_;
};

}  // namespace srasta::tools
