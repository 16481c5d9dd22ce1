#include "cli/one_request.h"

#include "net/loop.h"

namespace srasta::cli {
namespace {

constexpr base::Seconds kLongest{60};
constexpr size_t kMostBytes = size_t{64} << 20;

net::Task<void> exchange(net::HttpClientPool& pool, net::SimpleRequest request,
                         net::SimpleAnswer& answer) {
  net::Scope scope(pool.loop(), pool.loop().now() + kLongest);
  answer = co_await net::http_exchange(pool, std::move(request), kMostBytes, scope);
  pool.loop().stop();
}

}  // namespace

base::Result<Answer> one_request(net::HttpClientPool::Settings settings,
                                 net::SimpleRequest request) {
  const base::SystemClock clock;
  net::Loop loop(clock);
  net::BlockingPool blocking(1);
  net::HttpClientPool pool(loop, blocking, std::move(settings));
  net::SimpleAnswer answer;
  const base::MonoTime started = clock.mono();
  net::spawn(exchange(pool, std::move(request), answer));
  loop.run();
  if (answer.fault != net::ClientFault::None) {
    return base::make_error(base::Code::Unavailable, "no answer",
                            std::string(net::to_string(answer.fault)));
  }
  return Answer{.status = answer.status,
                .code = std::move(answer.error_code),
                .body = std::move(answer.body),
                .millis = std::chrono::duration_cast<base::Millis>(clock.mono() - started).count()};
}

}  // namespace srasta::cli
