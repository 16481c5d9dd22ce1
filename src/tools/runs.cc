#include "tools/runs.h"

#include "base/check.h"
#include "tools/run_places.h"

#include <sys/eventfd.h>
#include <utility>

namespace srasta::tools {
namespace {

sandbox::HostReport host_of(const std::optional<sandbox::RunnerClient>& runner) {
  if (runner) return runner->host();
  return {.strongest = sandbox::Tier::None, .missing = {"commands cannot be run: no runner"}};
}

}  // namespace

Runs::Runs(net::Loop& loop, std::optional<sandbox::RunnerClient> runner)
    : loop_(loop),
      runner_(std::move(runner)),
      host_(host_of(runner_)),
      waiting_(runner_ ? RunPlaces::kMost : 1) {}

net::Task<base::Result<sandbox::RunEnd>> Runs::run(net::Exchange& exchange,
                                                   const sandbox::RunOrder& order, int tree) {
  using End = base::Result<sandbox::RunEnd>;
  if (!runner_) co_return base::make_error(base::Code::Unavailable, "there is no runner");
  const base::Descriptor cancel(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!cancel.open()) co_return base::errno_error("eventfd", errno);
  net::Delivery<End> delivery(loop_);
  waiting_.submit([this, &order, tree, stop = cancel.get(), deliver = delivery.sender()] {
    deliver(runner_->run(order, tree, stop));
  });
  auto end = co_await delivery.receive(exchange.scope(), base::MonoTime::max());
  if (!end) {
    ::eventfd_write(cancel.get(), 1);
    net::Scope own(loop_);
    end = co_await delivery.receive(own, base::MonoTime::max());
  }
  SRASTA_CHECK(end, "the wait has no end but the delivery");
  co_return *std::move(end);
}

}  // namespace srasta::tools
