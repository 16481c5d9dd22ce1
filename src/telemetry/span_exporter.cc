#include "telemetry/span_exporter.h"

#include "base/encoding.h"
#include "json/document.h"
#include "net/blocking.h"
#include "net/http_client.h"
#include "net/loop.h"
#include "net/scope.h"
#include "net/task.h"
#include "net/timer.h"
#include "service/pipeline.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <iterator>
#include <thread>
#include <utility>

namespace srasta::telemetry {
namespace {

constexpr base::Seconds kConnectTime{5};
constexpr size_t kMostAnswer = size_t{64} << 10;
constexpr base::Millis kStep{50};
constexpr base::Seconds kBetweenLines{60};
constexpr uint64_t kLongestAsked = 300;  // seconds

enum class Verdict : uint8_t { Taken, Later, Refused };

/// OTLP/HTTP, "Retryable response codes"; other failures are final.
Verdict verdict_of(const net::SimpleAnswer& answer) {
  // With a status, what went wrong afterwards changes nothing.
  const int status = answer.status;
  if (status >= 200 && status < 300) return Verdict::Taken;
  const bool passes =
      status == 0 || status == 429 || status == 502 || status == 503 || status == 504;
  return passes ? Verdict::Later : Verdict::Refused;
}

/// ExportTracePartialSuccess.rejected_spans, at most `sent`; nothing readable means none.
uint64_t rejected_in(std::string_view body, uint64_t sent) {
  const auto answer = json::Document::parse(body);
  if (!answer) return 0;
  const auto count = answer->root().pointer("/partialSuccess/rejectedSpans");
  if (!count) return 0;
  if (const auto text = count->string()) return std::min(base::parse_u64(*text).value_or(0), sent);
  return std::min(static_cast<uint64_t>(std::max<int64_t>(count->integer().value_or(0), 0)), sent);
}

}  // namespace

struct SpanExporter::Work {
  Work(Settings the_settings, const base::Clock& clock, base::Log& the_log)
      : settings(std::move(the_settings)),
        log(the_log),
        loop(clock),
        blocking(1),
        pool(loop, blocking,
             {.url = settings.url,
              .tls = settings.tls,
              .connect_timeout = kConnectTime,
              .local_only = !settings.url.tls}),
        scope(loop),
        cut_off(*this),
        lines(kBetweenLines) {}

  /// The end of the end: what waits then waits no longer.
  class CutOff final : public net::Timer {
   public:
    explicit CutOff(Work& work) : work_(work) {}
    void on_timeout() override {
      work_.stopping = true;
      work_.scope.cancel();
    }

   private:
    Work& work_;
  };

  net::Task<void> run();
  /// Waits for enough spans, or for the first one to have waited long enough; false: the end.
  net::Task<bool> fill();
  net::Task<void> deliver(std::vector<service::Span> batch);
  net::Task<Verdict> send(const std::string& body, size_t spans, base::Micros& asked);
  void say(std::string_view why, int64_t status);
  void dropped(std::atomic<uint64_t>& counter, size_t spans);

  const Settings settings;
  base::Log& log;
  net::Loop loop;
  net::BlockingPool blocking;
  net::HttpClientPool pool;
  net::Scope scope;
  CutOff cut_off;
  service::Throttle lines;
  uint64_t told_full = 0;           // of `dropped_full`
  std::deque<service::Span> queue;  // of the loop
  bool finishing = false;
  bool stopping = false;
  std::atomic<size_t> held{0};  // spans that were taken and are not done with
  std::atomic<uint64_t> sent{0};
  std::atomic<uint64_t> dropped_full{0};
  std::atomic<uint64_t> dropped_refused{0};
  std::atomic<uint64_t> dropped_unreachable{0};
  std::thread thread;
};

void SpanExporter::Work::dropped(std::atomic<uint64_t>& counter, size_t spans) {
  counter.fetch_add(spans, std::memory_order_relaxed);
  held.fetch_sub(spans, std::memory_order_relaxed);
}

/// One line a minute, so that a collector that is away does not fill the log.
void SpanExporter::Work::say(std::string_view why, int64_t status) {
  if (!lines.pass(loop.clock().mono())) return;
  const uint64_t lost = dropped_full.load() + dropped_refused.load() + dropped_unreachable.load();
  log.warn("traces not delivered", {{"reason", why},
                                    {"status", status},
                                    {"dropped", static_cast<int64_t>(lost)},
                                    {"queued", static_cast<int64_t>(held.load())}});
}

net::Task<bool> SpanExporter::Work::fill() {
  base::Micros waited{0};
  while (!stopping) {
    if (queue.size() >= settings.batch) co_return true;
    if (!queue.empty() && (finishing || waited >= settings.longest)) co_return true;
    if (queue.empty() && finishing) co_return false;
    (void)co_await net::Sleep(scope, kStep);
    waited = queue.empty() ? base::Micros(0) : waited + base::Micros(kStep);
  }
  co_return false;
}

net::Task<void> SpanExporter::Work::run() {
  while (true) {
    const bool more = co_await fill();
    if (!more) break;
    const auto end =
        queue.begin() + static_cast<std::ptrdiff_t>(std::min(queue.size(), settings.batch));
    std::vector<service::Span> batch(std::make_move_iterator(queue.begin()),
                                     std::make_move_iterator(end));
    queue.erase(queue.begin(), end);
    co_await deliver(std::move(batch));
    if (const uint64_t lost = dropped_full.load(); lost > told_full) {
      told_full = lost;
      say("queue_full", 0);
    }
  }
  dropped(dropped_unreachable, queue.size());
  queue.clear();
  loop.stop();
}

net::Task<void> SpanExporter::Work::deliver(std::vector<service::Span> batch) {
  const size_t spans = batch.size();
  const std::string body = otlp_json(settings.resource, batch);
  batch = {};
  const base::MonoTime last = loop.now() + settings.give_up;
  base::Micros pause = settings.first_pause;
  while (true) {
    base::Micros asked{0};
    const Verdict verdict = co_await send(body, spans, asked);
    if (verdict == Verdict::Taken) co_return;
    if (verdict == Verdict::Refused) co_return dropped(dropped_refused, spans);
    const base::Micros wait = std::max(asked, pause);
    if (finishing || stopping || loop.now() + wait >= last) {
      co_return dropped(dropped_unreachable, spans);
    }
    const base::MonoTime until = loop.now() + wait;
    while (loop.now() < until && !finishing && !stopping) {
      (void)co_await net::Sleep(scope, std::min<base::Micros>(until - loop.now(), kStep));
    }
    pause = std::min(pause * 2, settings.longest_pause);
  }
}

net::Task<Verdict> SpanExporter::Work::send(const std::string& body, size_t spans,
                                            base::Micros& asked) {
  net::SimpleRequest request{.method = "POST",
                             .path = settings.url.path,
                             .fields = "Content-Type: application/json\r\n",
                             .body = body,
                             .secret_fields = settings.header_lines.expose()};
  scope.set_deadline(scope.within(settings.within));
  const net::SimpleAnswer answer =
      co_await net::http_exchange(pool, std::move(request), kMostAnswer, scope);
  scope.set_deadline(base::MonoTime::max());
  const Verdict verdict = verdict_of(answer);
  if (verdict == Verdict::Taken) {
    const uint64_t rejected = rejected_in(answer.body, spans);
    sent.fetch_add(spans - rejected, std::memory_order_relaxed);
    dropped_refused.fetch_add(rejected, std::memory_order_relaxed);
    held.fetch_sub(spans, std::memory_order_relaxed);
    if (rejected > 0) say("partial_success", answer.status);
    co_return verdict;
  }
  const auto seconds = base::parse_u64(answer.retry_after);
  if (seconds) asked = base::Seconds(std::min(*seconds, kLongestAsked));
  say(answer.status == 0 ? net::to_string(answer.fault) : "status", answer.status);
  co_return verdict;
}

SpanExporter::SpanExporter(Settings settings, const base::Clock& clock, base::Log& log)
    : work_(std::make_unique<Work>(std::move(settings), clock, log)) {
  work_->thread = std::thread([work = work_.get()] {
    work->loop.post([work] { net::spawn(work->run()); });
    work->loop.run();
  });
}

SpanExporter::~SpanExporter() {
  finish(base::Millis(0));
  // What still blocks would report to a loop that is gone.
  work_->blocking.stop();
}

void SpanExporter::take(std::vector<service::Span> spans) {
  const size_t count = spans.size();
  if (work_->held.fetch_add(count, std::memory_order_relaxed) + count > work_->settings.queue) {
    work_->dropped(work_->dropped_full, count);
    return;
  }
  work_->loop.post([work = work_.get(), spans = std::move(spans)]() mutable {
    std::ranges::move(spans, std::back_inserter(work->queue));
  });
}

void SpanExporter::finish(base::Millis limit) {
  if (!work_->thread.joinable()) return;
  work_->loop.post([work = work_.get(), limit] {
    work->finishing = true;
    if (limit.count() == 0) return work->cut_off.on_timeout();
    work->loop.timers().arm(work->cut_off, work->scope.within(limit));
  });
  work_->thread.join();
}

SpanExporter::Counts SpanExporter::counts() const {
  return {.sent = work_->sent.load(),
          .dropped_full = work_->dropped_full.load(),
          .dropped_refused = work_->dropped_refused.load(),
          .dropped_unreachable = work_->dropped_unreachable.load(),
          .queued = work_->held.load()};
}

void SpanExporter::add_metrics(base::MetricsPage& page) const {
  const Counts now = counts();
  page.family("srasta_trace_spans_sent_total", "counter", "Spans that the collector took");
  page.sample("srasta_trace_spans_sent_total", {}, static_cast<int64_t>(now.sent));
  page.family("srasta_trace_spans_dropped_total", "counter", "Spans that nobody has");
  const auto dropped = [&](std::string_view reason, uint64_t count) {
    page.sample("srasta_trace_spans_dropped_total", {{"reason", reason}},
                static_cast<int64_t>(count));
  };
  dropped("queue_full", now.dropped_full);
  dropped("refused", now.dropped_refused);
  dropped("unreachable", now.dropped_unreachable);
  page.family("srasta_trace_spans_queued", "gauge", "Spans on their way to the collector");
  page.sample("srasta_trace_spans_queued", {}, static_cast<int64_t>(now.queued));
}

}  // namespace srasta::telemetry
