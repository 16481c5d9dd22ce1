// The server and the client driver against each other over a Unix socket, on one loop.
#include "base/clock.h"
#include "net/http_client.h"
#include "net/http_server.h"

#include <unistd.h>

#include <gtest/gtest.h>

namespace srasta::net {
namespace {

class Echo final : public Application {
 public:
  Task<void> serve(Exchange& exchange) override {
    std::string body;
    last_fault = co_await exchange.read_body(1000, bodies, body);
    if (last_fault != BodyFault::None) {
      (void)co_await exchange.respond(400, "", "");
      co_return;
    }
    if (exchange.head().path == "/stream") {
      co_await stream(exchange);
      co_return;
    }
    if (exchange.head().path == "/hang") {
      exchange.watch_client();
      const Wake wake = co_await Sleep(exchange.scope(), base::Seconds(30));
      hang_was_cancelled = wake == Wake::Cancelled;
      hang_ended.set();
      co_return;
    }
    (void)co_await exchange.respond(200, "X-Echo: yes\r\n", body);
  }

  Task<void> refuse(Exchange& exchange, Refusal refusal) override {
    refused = refusal;
    if (!exchange.answered()) (void)co_await exchange.respond(400, "", "");
  }

  BodyBudget bodies{100'000};
  BodyFault last_fault = BodyFault::None;
  Refusal refused = Refusal::Overloaded;
  bool hang_was_cancelled = false;
  Signal hang_ended;

 private:
  static Task<void> stream(Exchange& exchange) {
    (void)co_await exchange.begin_stream(200, "Content-Type: text/event-stream\r\n");
    for (const std::string_view text : {"data: a\n\n", "data: b\n\n"}) {
      (void)co_await exchange.write(std::span(&text, 1));
    }
    (void)co_await exchange.finish();
  }
};

class HttpExchange : public testing::Test {
 public:
  HttpExchange()
      : loop_(clock_),
        blocking_(1),
        path_("/tmp/srasta-net-test-" + std::to_string(::getpid()) + ".sock"),
        server_(std::make_unique<HttpServer>(loop_, limits(), echo_, nullptr)),
        pool_(std::make_unique<HttpClientPool>(
            loop_, blocking_,
            HttpClientPool::Settings{.url = {.host = "test"}, .unix_path = path_})) {
    EXPECT_TRUE(server_->listen(*unix_endpoint(path_), false).ok());
  }

  static ServerLimits limits() {
    ServerLimits limits;
    limits.head_timeout = base::Millis(50);
    limits.body_idle = base::Millis(50);
    return limits;
  }

  /// Runs `work` to its end on the loop.
  void run(Task<void> work) {
    spawn([](HttpExchange& self, Task<void> inner) -> Task<void> {
      co_await std::move(inner);
      self.server_->drain();
      self.server_->cut_off();
      Scope pause(self.loop_);
      while (self.server_->connections() > 0) (void)co_await Sleep(pause, base::Millis(1));
      self.loop_.stop();
    }(*this, std::move(work)));
    loop_.run();
  }

  /// Sends raw bytes and gives the whole answer back.
  Task<std::string> raw(std::string request, bool half_close) {
    Scope scope(loop_, loop_.now() + base::Seconds(5));
    auto stream = co_await connect_socket(*unix_endpoint(path_), scope, base::Seconds(1));
    const std::string_view part = request;
    (void)co_await write_all(**stream, std::span(&part, 1), scope, base::Seconds(1));
    if (half_close) (*stream)->shutdown_write();
    std::string answer;
    while (true) {
      const Io io = co_await read_some(**stream, loop_.scratch(), scope, scope.deadline());
      if (io.state != IoState::Done) co_return answer;
      answer.append(loop_.scratch().data(), io.size);
    }
  }

  base::SystemClock clock_;
  Loop loop_;
  BlockingPool blocking_;
  std::string path_;
  Echo echo_;
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<HttpClientPool> pool_;
};

Task<void> expect_echo_and_stream(HttpClientPool& pool, Loop& loop) {
  Scope scope(loop, loop.now() + base::Seconds(5));
  auto acquired = co_await pool.acquire(scope);
  const std::string_view request =
      "POST /x HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
  EXPECT_EQ(co_await acquired.connection->send(std::span(&request, 1), scope, base::Seconds(1)),
            ClientFault::None);
  EXPECT_EQ(co_await acquired.connection->read_head(scope, scope.deadline()), ClientFault::None);
  EXPECT_EQ(acquired.connection->head().fields.find("x-echo"), "yes");
  const auto run = co_await acquired.connection->read_body(scope, base::Seconds(1));
  EXPECT_TRUE(run.done);
  EXPECT_EQ(acquired.connection->pieces().front(), "hello");
  pool.release(std::move(acquired.connection));

  auto again = co_await pool.acquire(scope);
  EXPECT_FALSE(again.fresh);
  const std::string_view second = "GET /stream HTTP/1.1\r\nHost: t\r\n\r\n";
  (void)co_await again.connection->send(std::span(&second, 1), scope, base::Seconds(1));
  (void)co_await again.connection->read_head(scope, scope.deadline());
  std::string body;
  for (bool done = false; !done;) {
    const auto part = co_await again.connection->read_body(scope, base::Seconds(1));
    for (const auto piece : again.connection->pieces()) body += piece;
    EXPECT_EQ(part.fault, ClientFault::None);
    done = part.done || part.fault != ClientFault::None;
  }
  EXPECT_EQ(body, "data: a\n\ndata: b\n\n");
}

TEST_F(HttpExchange, AnswersAndStreamsOnOnePooledConnection) {
  run(expect_echo_and_stream(*pool_, loop_));
}

TEST_F(HttpExchange, ServesPipelinedRequestsInOrder) {
  std::string answer;
  run([](HttpExchange& self, std::string& out) -> Task<void> {
    out = co_await self.raw(
        "POST /a HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\none\r\n"
        "POST /b HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\nConnection: close\r\n\r\ntwo",
        false);
  }(*this, answer));

  EXPECT_LT(answer.find("one"), answer.find("two"));
  EXPECT_NE(answer.find("two"), std::string::npos);
}

TEST_F(HttpExchange, AnswersASlowHeadAndASlowBody) {
  std::string head;
  std::string body;
  run([](HttpExchange& self, std::string& first, std::string& second) -> Task<void> {
    first = co_await self.raw("GET / HT", false);
    second = co_await self.raw("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 9\r\n\r\nabc", false);
  }(*this, head, body));

  EXPECT_TRUE(head.starts_with("HTTP/1.1 400"));
  EXPECT_EQ(echo_.refused, Refusal::HeadTimeout);
  EXPECT_TRUE(body.starts_with("HTTP/1.1 400"));
  EXPECT_EQ(echo_.last_fault, BodyFault::Timeout);
}

TEST_F(HttpExchange, RefusesABodyBeyondTheBudgetOfAllBodies) {
  ASSERT_TRUE(echo_.bodies.take(99'999));
  std::string answer;
  run([](HttpExchange& self, std::string& out) -> Task<void> {
    out = co_await self.raw("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\nabc", false);
  }(*this, answer));

  EXPECT_EQ(echo_.last_fault, BodyFault::NoRoom);
  EXPECT_TRUE(echo_.bodies.take(1));
}

TEST_F(HttpExchange, SaysThatATruncatedBodyIsTruncated) {
  std::string answer;
  run([](HttpExchange& self, std::string& out) -> Task<void> {
    out = co_await self.raw("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 9\r\n\r\nabc", true);
  }(*this, answer));

  EXPECT_EQ(echo_.last_fault, BodyFault::Truncated);
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
}

TEST_F(HttpExchange, CancelsTheRequestWhenTheClientIsGone) {
  run([](HttpExchange& self) -> Task<void> {
    {
      Scope scope(self.loop_, self.loop_.now() + base::Seconds(5));
      auto stream = co_await connect_socket(*unix_endpoint(self.path_), scope, base::Seconds(1));
      const std::string_view request = "GET /hang HTTP/1.1\r\nHost: t\r\n\r\n";
      (void)co_await write_all(**stream, std::span(&request, 1), scope, base::Seconds(1));
      (void)co_await Sleep(scope, base::Millis(20));
    }
    Scope scope(self.loop_);
    (void)co_await self.echo_.hang_ended.wait(scope, self.loop_.now() + base::Seconds(5));
  }(*this));

  EXPECT_TRUE(echo_.hang_was_cancelled);
}

}  // namespace
}  // namespace srasta::net
