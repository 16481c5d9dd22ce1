#pragma once

#include "base/log.h"
#include "net/blocking.h"
#include "net/http_server.h"
#include "witness/cosigner.h"
#include "witness/source_rates.h"

#include <memory>
#include <optional>
#include <string>

namespace srasta::witness {

/// The one route of a witness, `POST /add-checkpoint` (C2SP tlog-witness). For one loop.
class Door final : public net::Application {
 public:
  struct Parts {
    net::Loop& loop;
    net::BlockingPool& blocking;
    base::Log& log;
    Cosigner& cosigner;
  };
  /// `rates`: nothing when a proxy is every request's source.
  Door(const Parts& parts, const std::optional<SourceRates::Settings>& rates);
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  bool admit(const std::string& peer) override;
  void left(const std::string& peer) override;
  void accept_failed(int error_number) override;
  net::Task<void> serve(net::Exchange& exchange) override;
  net::Task<void> refuse(net::Exchange& exchange, net::Refusal refusal) override;

 private:
  /// A line in the log at most every so often, with how many were left out before.
  struct Throttle {
    base::Seconds between{1};
    base::MonoTime next{};
    int64_t left_out = 0;
    [[nodiscard]] bool pass(base::MonoTime now);
  };

  net::Task<void> respond(net::Exchange& exchange, Answer answer);
  net::Task<void> add_checkpoint(net::Exchange& exchange);
  net::Task<Answer> decide(net::Exchange& exchange, std::string body);
  void note(const Answer& answer, const std::string& peer);

  const Parts parts_;
  net::BodyBudget bodies_;
  std::optional<SourceRates> rates_;
  size_t deciding_ = 0;  ///< requests that a blocking thread has or will get
  Throttle cosigned_{.between = base::Seconds(60)};
  Throttle refusals_;
  Throttle strangers_;  ///< who has not shown a checkpoint of a watched log
  Throttle accept_failures_;
};

}  // namespace srasta::witness
