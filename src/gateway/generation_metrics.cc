#include "gateway/generation_metrics.h"

#include <algorithm>

namespace srasta::gateway {
namespace {

constexpr std::array<std::string_view, 3> kOutcomes = {"complete", "abort", "error"};

uint64_t ticks(base::Micros duration) {
  return static_cast<uint64_t>(std::max<int64_t>(duration.count(), 0));
}

int64_t number(uint64_t count) {
  return static_cast<int64_t>(count);
}

using AllSums = std::map<GenerationMetrics::Key, GenerationMetrics::Sums>;

void add_counts(base::MetricsPage& page, const AllSums& all) {
  page.family("srasta_generations_total", "counter", "Generations by how they ended");
  for (const auto& [key, sums] : all) {
    for (size_t i = 0; i < kOutcomes.size(); ++i) {
      page.sample("srasta_generations_total",
                  {{"alias", key.first}, {"upstream", key.second}, {"outcome", kOutcomes[i]}},
                  number(sums.outcomes[i]));
    }
  }
  page.family("srasta_upstream_errors_total", "counter",
              "Attempts that failed at an inference server, by the audit reason");
  for (const auto& [key, sums] : all) {
    for (const auto& [reason, count] : sums.errors) {
      page.sample("srasta_upstream_errors_total",
                  {{"alias", key.first},
                   {"upstream", key.second},
                   {"reason", reason == audit::Reason::None ? "-" : to_string(reason)}},
                  number(count));
    }
  }
  page.family("srasta_tokens_total", "counter", "Tokens as inference servers counted them");
  for (const auto& [key, sums] : all) {
    const auto sample = [&](std::string_view direction, uint64_t count) {
      page.sample("srasta_tokens_total",
                  {{"alias", key.first}, {"upstream", key.second}, {"direction", direction}},
                  number(count));
    };
    sample("input", sums.input_tokens);
    sample("output", sums.output_tokens);
  }
}

void add_times(base::MetricsPage& page, const AllSums& all) {
  const auto add = [&](std::string_view name,
                       std::vector<const base::DurationHistogram*> GenerationMetrics::Sums::* of) {
    for (const auto& [key, sums] : all) {
      page.histogram(name, {{"alias", key.first}, {"upstream", key.second}}, sums.*of);
    }
  };
  page.family("srasta_time_to_first_token_seconds", "histogram",
              "From the attempt's begin to the first event of a stream");
  add("srasta_time_to_first_token_seconds", &GenerationMetrics::Sums::first_events);
  page.family("srasta_inter_token_gap_seconds", "histogram",
              "Between events of a stream that did not arrive together");
  add("srasta_inter_token_gap_seconds", &GenerationMetrics::Sums::gaps);
  page.family("srasta_upstream_wait_seconds", "histogram",
              "For a place at a server, whether or not one came free");
  add("srasta_upstream_wait_seconds", &GenerationMetrics::Sums::waits);
}

}  // namespace

void GenerationMetrics::Cell::count_error(audit::Reason reason) {
  if (const auto known = errors_.find(reason); known != errors_.end()) {
    known->second.add();
    return;
  }
  const std::scoped_lock lock(mutex_);
  errors_[reason].add();
}

void GenerationMetrics::Cell::count_wait(base::Micros wait) {
  waits.record(ticks(wait));
}

GenerationMetrics::Cell& GenerationMetrics::at(std::string_view alias, std::string_view upstream) {
  Key key(alias, upstream);
  if (const auto known = cells_.find(key); known != cells_.end()) return *known->second;
  if (cells_.size() >= kMostCells) {
    key = Key("-", "-");
    if (const auto shared = cells_.find(key); shared != cells_.end()) return *shared->second;
  }
  auto cell = std::make_unique<Cell>(mutex_);
  const std::scoped_lock lock(mutex_);
  return *cells_.emplace(std::move(key), std::move(cell)).first->second;
}

void GenerationMetrics::add_to(std::map<Key, Sums>& sums) const {
  const std::scoped_lock lock(mutex_);
  for (const auto& [key, cell] : cells_) {
    Sums& sum = sums[key];
    for (size_t i = 0; i < sum.outcomes.size(); ++i) sum.outcomes[i] += cell->outcomes[i].value();
    sum.input_tokens += cell->input_tokens.value();
    sum.output_tokens += cell->output_tokens.value();
    for (const auto& [reason, count] : cell->errors_) sum.errors[reason] += count.value();
    sum.first_events.push_back(&cell->first_event);
    sum.gaps.push_back(&cell->gaps);
    sum.waits.push_back(&cell->waits);
  }
}

void add_generation_metrics(base::MetricsPage& page,
                            std::span<const GenerationMetrics* const> cores) {
  AllSums all;
  for (const GenerationMetrics* core : cores) core->add_to(all);
  add_counts(page, all);
  add_times(page, all);
}

void StreamPace::arrived(base::MonoTime now) {
  if (first_) {
    cell_->gaps.record(ticks(now - last_));
  } else {
    first_ = now - began_;
    cell_->first_event.record(ticks(*first_));
  }
  last_ = now;
}

}  // namespace srasta::gateway
