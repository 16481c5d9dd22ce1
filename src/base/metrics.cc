#include "base/metrics.h"

#include "base/log.h"

#include <fmt/format.h>

namespace srasta::base {

void DurationHistogram::record(uint64_t micros) {
  size_t index = 0;
  while (index < kBoundsMicros.size() && micros > kBoundsMicros[index]) ++index;
  buckets_[index].add();
  sum_.add(micros);
}

void MetricsPage::family(std::string_view name, std::string_view type, std::string_view help) {
  text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

/// `bound`: of a histogram's bucket; empty: none.
void MetricsPage::add_labels(Labels labels, std::string_view bound) {
  char separator = '{';
  const auto add = [&](std::string_view key, std::string_view label) {
    text_ += separator;
    text_ += key;
    text_ += "=\"";
    append_json_escaped(text_, label);
    text_ += '"';
    separator = ',';
  };
  for (const auto& [key, label] : labels) add(key, label);
  if (!bound.empty()) add("le", bound);
  if (separator == ',') text_ += '}';
}

void MetricsPage::sample(std::string_view name, Labels labels, int64_t value) {
  text_ += name;
  add_labels(labels);
  text_ += fmt::format(" {}\n", value);
}

void MetricsPage::histogram(std::string_view name, Labels labels,
                            std::span<const DurationHistogram* const> parts) {
  uint64_t count = 0;
  uint64_t sum = 0;
  for (size_t i = 0; i <= DurationHistogram::kBoundsMicros.size(); ++i) {
    for (const DurationHistogram* part : parts) count += part->bucket(i);
    const bool last = i == DurationHistogram::kBoundsMicros.size();
    text_ += fmt::format("{}_bucket", name);
    add_labels(
        labels,
        last ? "+Inf"
             : fmt::format("{}", static_cast<double>(DurationHistogram::kBoundsMicros[i]) / 1e6));
    text_ += fmt::format(" {}\n", count);
  }
  for (const DurationHistogram* part : parts) sum += part->sum_micros();
  text_ += fmt::format("{}_sum", name);
  add_labels(labels);
  text_ += fmt::format(" {}\n{}_count", static_cast<double>(sum) / 1e6, name);
  add_labels(labels);
  text_ += fmt::format(" {}\n", count);
}

}  // namespace srasta::base
