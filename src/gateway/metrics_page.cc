#include "base/metrics.h"
#include "gateway/gateway.h"

#include <array>
#include <map>
#include <string>

namespace srasta::gateway {
namespace {

constexpr std::array<std::string_view, 6> kClasses = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};

void add_engine(base::MetricsPage& page, const base::UpstreamName& name, const Engine& engine,
                base::MonoTime now) {
  const bool ejected = engine.state(now) != inference::Breaker::State::Closed;
  page.sample("srasta_upstream_in_hand", {{"upstream", name.view()}}, int64_t{engine.in_hand()});
  page.sample("srasta_upstream_waiting", {{"upstream", name.view()}}, int64_t{engine.waiting()});
  page.sample("srasta_upstream_ejected", {{"upstream", name.view()}}, ejected ? 1 : 0);
}

}  // namespace

std::string Gateway::metrics_page() const {
  base::MetricsPage page;
  page.family("srasta_requests_total", "counter", "Requests by class of the answer's status");
  for (size_t i = 0; i < kClasses.size(); ++i) {
    uint64_t count = 0;
    for (const auto& core : cores_) count += core->metrics().by_status_class[i].value();
    page.sample("srasta_requests_total", {{"class", kClasses[i]}}, static_cast<int64_t>(count));
  }
  int64_t in_flight = 0;
  uint64_t refused = 0;
  std::vector<const base::DurationHistogram*> durations;
  for (const auto& core : cores_) {
    in_flight += core->metrics().in_flight.value();
    refused += core->metrics().refused.value();
    durations.push_back(&core->metrics().duration);
  }
  page.family("srasta_requests_in_flight", "gauge", "Requests being served");
  page.sample("srasta_requests_in_flight", {}, in_flight);
  page.family("srasta_refusals_total", "counter", "Requests that a gate refused");
  page.sample("srasta_refusals_total", {}, static_cast<int64_t>(refused));
  page.family("srasta_request_seconds", "histogram",
              "Time from first byte to the end of the answer");
  page.histogram("srasta_request_seconds", {}, durations);
  page.family("srasta_upstream_requests_total", "counter", "Requests sent to inference servers");
  page.family("srasta_upstream_failures_total", "counter", "Of those, the ones that failed");
  page.family("srasta_upstream_in_hand", "gauge", "Requests that inference servers work at");
  page.family("srasta_upstream_waiting", "gauge", "Requests that wait for a place at one");
  page.family("srasta_upstream_ejected", "gauge", "1 while one gets no requests after failures");
  std::map<base::UpstreamName, UpstreamCounts> upstreams;
  for (const auto& core : cores_) {
    for (const UpstreamCounts& each : core->upstream_counts()) {
      UpstreamCounts& sum = upstreams[each.name];
      sum.requests += each.requests;
      sum.failures += each.failures;
      sum.engine = each.engine;
    }
  }
  for (const auto& [name, counts] : upstreams) {
    page.sample("srasta_upstream_requests_total", {{"upstream", name.view()}},
                static_cast<int64_t>(counts.requests));
    page.sample("srasta_upstream_failures_total", {{"upstream", name.view()}},
                static_cast<int64_t>(counts.failures));
    add_engine(page, name, *counts.engine, env_.clock.mono());
  }
  std::vector<const GenerationMetrics*> generations;
  for (const auto& core : cores_) generations.push_back(&core->generations());
  add_generation_metrics(page, generations);
  page.family("srasta_loop_longest_round_microseconds", "gauge",
              "Longest time since the last look that a loop took for one round");
  for (size_t i = 0; i < loops_.size(); ++i) {
    page.sample("srasta_loop_longest_round_microseconds", {{"loop", std::to_string(i)}},
                loops_[i]->take_longest_round().count());
  }
  page.family("srasta_ledger_writable", "gauge", "1 while evidence can be written");
  page.sample("srasta_ledger_writable", {}, ledger_->healthy() ? 1 : 0);
  for (const service::HostedPlane* plane : settings_.planes) plane->add_metrics(page);
  return page.text();
}

}  // namespace srasta::gateway
