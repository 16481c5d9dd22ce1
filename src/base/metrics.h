#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace srasta::base {

/// A count that one thread writes and any thread reads.
class Counter {
 public:
  void add(uint64_t by = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }
  [[nodiscard]] uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

/// A level that one thread writes and any thread reads.
class Gauge {
 public:
  void add(int64_t by) {
    value_.store(value_.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }
  void set(int64_t value) { value_.store(value, std::memory_order_relaxed); }
  [[nodiscard]] int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> value_{0};
};

/// Durations in the buckets of `kBoundsMicros`; one writer, any reader.
class DurationHistogram {
 public:
  static constexpr std::array<uint64_t, 18> kBoundsMicros = {
      250,       500,       1'000,      2'500,      5'000,      10'000,
      25'000,    50'000,    100'000,    250'000,    500'000,    1'000'000,
      2'500'000, 5'000'000, 10'000'000, 30'000'000, 60'000'000, 120'000'000};

  void record(uint64_t micros);
  [[nodiscard]] uint64_t bucket(size_t index) const { return buckets_[index].value(); }
  [[nodiscard]] uint64_t sum_micros() const { return sum_.value(); }

 private:
  std::array<Counter, kBoundsMicros.size() + 1> buckets_;
  Counter sum_;
};

/// Builds one page of the Prometheus text format 0.0.4. Label values must come from a closed set.
class MetricsPage {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  /// Starts a family; `type` is counter, gauge or histogram.
  void family(std::string_view name, std::string_view type, std::string_view help);
  void sample(std::string_view name, Labels labels, int64_t value);
  /// Buckets, sum and count, added up over `parts` (one per thread). Seconds.
  void histogram(std::string_view name, Labels labels,
                 std::span<const DurationHistogram* const> parts);
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  void add_labels(Labels labels, std::string_view bound = {});

  std::string text_;
};

}  // namespace srasta::base
