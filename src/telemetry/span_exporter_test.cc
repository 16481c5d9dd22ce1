// The exporter against a collector that does as it is told.
#include "telemetry/span_exporter.h"

#include "json/document.h"
#include "net/endpoint.h"
#include "net/http_server.h"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

namespace srasta::telemetry {
namespace {

struct Said {
  int status = 200;
  std::string fields = {};
  std::string body = "{}";
};

class Collector final : public net::Application {
 public:
  Collector() : server_(loop_, {}, *this, nullptr) {
    const auto bound = server_.listen(*net::parse_ip("127.0.0.1", 0), false);
    EXPECT_TRUE(bound.ok());
    if (bound) port_ = bound->port;
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~Collector() {
    loop_.post([this] { net::spawn(end()); });
    thread_.join();
  }
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  net::Task<void> serve(net::Exchange& exchange) override {
    std::string body;
    (void)co_await exchange.read_body(size_t{1} << 20, bodies_, body);
    if (hang) {
      exchange.watch_client();
      {
        const std::scoped_lock lock(mutex);
        ++attempts;
        changed.notify_all();
      }
      (void)co_await net::Sleep(exchange.scope(), base::Seconds(60));
      co_return;
    }
    Said said;
    {
      const std::scoped_lock lock(mutex);
      ++attempts;
      if (!answers.empty()) {
        said = answers.front();
        answers.erase(answers.begin());
      }
      fields.emplace_back(exchange.head().fields.find("authorization").value_or(""));
      if (said.status < 300) count_spans(body);
    }
    const std::string lines = said.fields + "Content-Type: application/json\r\n";
    (void)co_await exchange.respond(said.status, lines, said.body);
    changed.notify_all();
  }
  net::Task<void> refuse(net::Exchange& exchange, net::Refusal /*refusal*/) override {
    (void)co_await exchange.respond(400, "", "");
  }

  template <typename Condition>
  [[nodiscard]] bool wait(Condition condition) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(20), condition);
  }
  [[nodiscard]] uint16_t port() const { return port_; }

  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Said> answers;  ///< of the next requests; then 200
  std::vector<size_t> batches;
  std::vector<std::string> fields;
  size_t spans = 0;
  size_t attempts = 0;
  bool hang = false;  ///< set before the first request

 private:
  void count_spans(const std::string& body) {
    const auto document = json::Document::parse(body);
    ASSERT_TRUE(document.ok());
    const auto list = document->root().pointer("/resourceSpans/0/scopeSpans/0/spans");
    ASSERT_TRUE(list);
    batches.push_back(list->size());
    spans += list->size();
  }
  net::Task<void> end() {
    net::Scope scope(loop_);
    server_.drain();
    server_.cut_off();
    while (server_.connections() > 0) (void)co_await net::Sleep(scope, base::Millis(1));
    loop_.stop();
  }

  base::SystemClock clock_;
  net::Loop loop_{clock_};
  net::BodyBudget bodies_{size_t{8} << 20};
  net::HttpServer server_;
  uint16_t port_ = 0;
  std::thread thread_;
};

class Exporting : public ::testing::Test {
 protected:
  [[nodiscard]] SpanExporter::Settings settings() const {
    return {.url = {.host = "127.0.0.1", .port = collector_.port(), .path = "/v1/traces"},
            .header_lines = base::Secret("Authorization: Bearer x\r\n"),
            .resource = {.service = "s", .version = "v", .instance = "i"},
            .longest = base::Millis(20),
            .first_pause = base::Millis(10),
            .longest_pause = base::Millis(20)};
  }
  static std::vector<service::Span> spans(size_t count) {
    return std::vector<service::Span>(count, service::Span{.trace_id = std::string(32, 'a'),
                                                           .span_id = std::string(16, 'b'),
                                                           .parent_id = {},
                                                           .name = "n",
                                                           .attributes = {}});
  }

  base::SystemClock clock_;
  base::Log log_{clock_, STDERR_FILENO, "test", base::Level::Error};
  Collector collector_;
};

TEST_F(Exporting, SendsBatchesOfBoundedSize) {
  auto bounds = settings();
  bounds.batch = 4;
  SpanExporter exporter(std::move(bounds), clock_, log_);
  exporter.take(spans(10));
  exporter.finish(base::Seconds(10));
  EXPECT_EQ(collector_.batches, (std::vector<size_t>{4, 4, 2}));
  EXPECT_EQ(collector_.fields, std::vector<std::string>(3, "Bearer x"));
  EXPECT_EQ(exporter.counts().sent, 10U);
  EXPECT_EQ(exporter.counts().queued, 0U);
}

TEST_F(Exporting, SendsAFewSpansByItself) {
  SpanExporter exporter(settings(), clock_, log_);
  exporter.take(spans(2));
  EXPECT_TRUE(collector_.wait([&] { return collector_.spans == 2; }));
}

TEST_F(Exporting, AsksAgainWhenTheCollectorCannotNow) {
  collector_.answers = {{.status = 503},
                        {.status = 429, .fields = "Retry-After: 0\r\n"},
                        {.status = 502},
                        {.status = 504}};
  SpanExporter exporter(settings(), clock_, log_);
  exporter.take(spans(3));
  EXPECT_TRUE(collector_.wait([&] { return collector_.spans == 3; }));
  EXPECT_EQ(collector_.attempts, 5U);
  EXPECT_EQ(exporter.counts().dropped_unreachable, 0U);
}

TEST_F(Exporting, DropsWhatTheCollectorDoesNotWant) {
  collector_.answers = {{.status = 400}, {.body = R"({"partialSuccess":{"rejectedSpans":"2"}})"}};
  SpanExporter exporter(settings(), clock_, log_);
  exporter.take(spans(3));
  EXPECT_TRUE(collector_.wait([&] { return collector_.attempts == 1; }));
  exporter.take(spans(5));
  exporter.finish(base::Seconds(10));
  EXPECT_EQ(exporter.counts().sent, 3U);
  EXPECT_EQ(exporter.counts().dropped_refused, 5U);
  EXPECT_EQ(exporter.counts().queued, 0U);
}

TEST_F(Exporting, GivesABatchUpAfterAWhile) {
  auto bounds = settings();
  bounds.give_up = base::Millis(0);
  collector_.answers = {{.status = 503}};
  SpanExporter exporter(std::move(bounds), clock_, log_);
  exporter.take(spans(3));
  EXPECT_TRUE(collector_.wait([&] { return collector_.attempts == 1; }));
  exporter.take(spans(1));
  exporter.finish(base::Seconds(10));
  EXPECT_EQ(exporter.counts().dropped_unreachable, 3U);
  EXPECT_EQ(exporter.counts().sent, 1U);
}

TEST_F(Exporting, DropsWhatTheQueueCannotHold) {
  auto bounds = settings();
  bounds.queue = 8;
  collector_.hang = true;
  SpanExporter exporter(std::move(bounds), clock_, log_);
  exporter.take(spans(6));
  exporter.take(spans(3));
  exporter.take(spans(2));
  EXPECT_EQ(exporter.counts().dropped_full, 3U);
  EXPECT_EQ(exporter.counts().queued, 8U);
}

TEST_F(Exporting, EndsThoughTheCollectorHangs) {
  collector_.hang = true;
  SpanExporter exporter(settings(), clock_, log_);
  exporter.take(spans(6));
  EXPECT_TRUE(collector_.wait([&] { return collector_.attempts == 1; }));
  exporter.finish(base::Millis(30));
  EXPECT_EQ(exporter.counts().dropped_unreachable, 6U);
}

}  // namespace
}  // namespace srasta::telemetry
