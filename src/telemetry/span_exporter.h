#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/secret.h"
#include "http/url.h"
#include "net/tls.h"
#include "service/trace.h"
#include "telemetry/otlp_json.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace srasta::telemetry {

/// Sends spans to a collector by OTLP/HTTP, in batches, from a thread of its own. Nobody waits for
/// it: what the bounded queue cannot hold is dropped and counted.
///
/// A batch that the collector cannot take now (no answer, 429, 502, 503, 504) is sent again, after
/// the time that it asked for or a growing pause, until `give_up`; any other refusal drops it.
class SpanExporter {
 public:
  struct Settings {
    http::Url url;                               ///< with its path
    std::shared_ptr<const net::TlsContext> tls;  ///< required when url.tls
    base::Secret header_lines;                   ///< of `parse_header_lines`
    Resource resource;
    size_t queue = 8192;                      ///< spans, the batch under way included
    size_t batch = 512;                       ///< spans at most
    base::Micros longest = base::Seconds(1);  ///< that a span waits for others
    base::Micros within = base::Seconds(10);  ///< for one request
    base::Micros first_pause = base::Seconds(1);
    base::Micros longest_pause = base::Seconds(30);
    base::Micros give_up = base::Seconds(120);  ///< on one batch
  };
  /// Both outlive it. Begins at once.
  SpanExporter(Settings settings, const base::Clock& clock, base::Log& log);
  SpanExporter(const SpanExporter&) = delete;
  SpanExporter& operator=(const SpanExporter&) = delete;
  /// Breaks off what runs.
  ~SpanExporter();

  /// Any thread; never waits.
  void take(std::vector<service::Span> spans);
  /// Sends what there is, each batch once, and ends, after `limit` at the latest; what is left then
  /// is dropped.
  void finish(base::Millis limit);

  /// Counts so far. Any thread.
  struct Counts {
    uint64_t sent = 0;
    uint64_t dropped_full = 0;         ///< the queue had no room
    uint64_t dropped_refused = 0;      ///< the collector did not want them
    uint64_t dropped_unreachable = 0;  ///< it could not take them in time
    uint64_t queued = 0;               ///< now
  };
  [[nodiscard]] Counts counts() const;
  void add_metrics(base::MetricsPage& page) const;

  struct Work;

 private:
  std::unique_ptr<Work> work_;
};

}  // namespace srasta::telemetry
