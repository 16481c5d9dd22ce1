// Question: what does the relay cost without any gate? The same drivers as the gateway, nothing
// between. Usage: plain_proxy UPSTREAM_PORT; prints its own port.
#include "base/encoding.h"
#include "net/http_client.h"
#include "net/http_server.h"

#include <array>
#include <csignal>
#include <unistd.h>

#include <fmt/format.h>

namespace {

namespace net = srasta::net;

class PlainProxy final : public net::Application {
 public:
  explicit PlainProxy(net::HttpClientPool& pool) : pool_(pool) {}

  net::Task<void> serve(net::Exchange& exchange) override {
    std::string body;
    if (co_await exchange.read_body(size_t{32} << 20, bodies_, body) != net::BodyFault::None)
      co_return;
    exchange.watch_client();
    net::HttpClientPool::Acquired acquired = co_await pool_.acquire(exchange.scope());
    if (!acquired.connection) co_return;
    const std::string head = fmt::format(
        "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: "
        "{}\r\n\r\n",
        exchange.head().path, pool_.settings().url.authority(), body.size());
    const std::array<std::string_view, 2> parts = {head, body};
    const srasta::base::Seconds idle(30);
    if (co_await acquired.connection->send(parts, exchange.scope(), idle) !=
        net::ClientFault::None) {
      co_return;
    }
    const auto deadline = exchange.scope().within(idle);
    if (co_await acquired.connection->read_head(exchange.scope(), deadline) !=
        net::ClientFault::None) {
      co_return;
    }
    std::string answer;
    for (bool done = false; !done;) {
      const auto run = co_await acquired.connection->read_body(exchange.scope(), idle);
      for (const std::string_view piece : acquired.connection->pieces()) answer.append(piece);
      done = run.done || run.fault != net::ClientFault::None;
    }
    (void)co_await exchange.respond(acquired.connection->head().status,
                                    "Content-Type: application/json\r\n", answer);
    pool_.release(std::move(acquired.connection));
  }

  net::Task<void> refuse(net::Exchange& exchange, net::Refusal) override {
    exchange.abort();
    co_return;
  }

 private:
  net::BodyBudget bodies_{size_t{256} << 20};
  net::HttpClientPool& pool_;
};

}  // namespace

int main(int argc, char** argv) {
  const auto port = argc == 2 ? srasta::base::parse_u64(argv[1]) : std::nullopt;
  if (!port || *port > 65535) {
    fmt::print(stderr, "usage: plain_proxy UPSTREAM_PORT\n");
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  const srasta::base::SystemClock clock;
  net::Loop loop(clock);
  net::BlockingPool blocking(1);
  net::HttpClientPool pool(loop, blocking,
                           {.url = {.host = "127.0.0.1", .port = static_cast<uint16_t>(*port)}});
  PlainProxy proxy(pool);
  net::HttpServer server(loop, {}, proxy, nullptr);
  const auto endpoint = server.listen(*net::parse_endpoint("127.0.0.1:0"), false);
  if (!endpoint.ok()) return 1;
  fmt::print("{}\n", endpoint->port);
  std::fflush(stdout);
  loop.run();
  return 0;
}
