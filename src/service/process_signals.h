#pragma once

#include "base/descriptor.h"
#include "net/loop.h"

#include <functional>

namespace srasta::service {

/// SIGTERM, SIGINT and SIGHUP as events of a loop. They must be blocked in every thread.
class ProcessSignals final : private net::Watched {
 public:
  struct Handlers {
    std::function<void()> end;     ///< SIGTERM or SIGINT, each time
    std::function<void()> reload;  ///< SIGHUP
  };
  ProcessSignals(net::Loop& loop, Handlers handlers);
  ProcessSignals(const ProcessSignals&) = delete;
  ProcessSignals& operator=(const ProcessSignals&) = delete;
  ~ProcessSignals() override;

 private:
  void on_ready(uint32_t events) override;

  net::Loop& loop_;
  const Handlers handlers_;
  const base::Descriptor descriptor_;
};

}  // namespace srasta::service
