#pragma once

#include "audit/reason.h"
#include "base/clock.h"
#include "base/metrics.h"

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace srasta::gateway {

/// How a generation ended, as its record says it: inference.complete, .abort or .error.
enum class GenerationOutcome : uint8_t { Complete, Abort, Error };

/// What one core counts about generations, by alias and inference server. Its loop writes; any
/// thread reads. Names come from the configuration and are never forgotten; after `kMostCells`
/// pairs the rest share one, called "-".
class GenerationMetrics {
 public:
  static constexpr size_t kMostCells = 4096;

  /// Of one alias at one server. What is counted anew gets a member here and its lines in
  /// `add_generation_metrics`.
  class Cell {
   public:
    std::array<base::Counter, 3> outcomes;  ///< by GenerationOutcome
    base::Counter input_tokens;             ///< as the server counted them
    base::Counter output_tokens;
    base::DurationHistogram first_event;  ///< of streams
    base::DurationHistogram gaps;         ///< between runs of events that arrived together
    base::DurationHistogram waits;        ///< for a place, of those that found none free

    /// A server failed, whether or not another one was asked then.
    void count_error(audit::Reason reason);
    void count_wait(base::Micros wait);

    /// Made by `at`. `mutex`: of the table that it stands in.
    explicit Cell(std::mutex& mutex) : mutex_(mutex) {}

   private:
    friend class GenerationMetrics;
    std::mutex& mutex_;  // for readers while a reason is new
    std::map<audit::Reason, base::Counter> errors_;
  };
  using Key = std::pair<std::string, std::string>;  ///< alias, server

  /// On its loop only; stays where it is. `alias`: "-" for a model by its own name.
  [[nodiscard]] Cell& at(std::string_view alias, std::string_view upstream);

  /// What several cores counted of one pair.
  struct Sums {
    std::array<uint64_t, 3> outcomes{};
    uint64_t input_tokens = 0;
    uint64_t output_tokens = 0;
    std::map<audit::Reason, uint64_t> errors;
    std::vector<const base::DurationHistogram*> first_events;  ///< alive as long as the cores
    std::vector<const base::DurationHistogram*> gaps;
    std::vector<const base::DurationHistogram*> waits;
  };
  void add_to(std::map<Key, Sums>& sums) const;

 private:
  mutable std::mutex mutex_;  // for readers while a pair is new; its loop alone writes
  std::map<Key, std::unique_ptr<Cell>, std::less<>> cells_;
};

/// Their families of the page, of all cores together.
void add_generation_metrics(base::MetricsPage& page,
                            std::span<const GenerationMetrics* const> cores);

/// When the events of one stream came, by its loop's clock.
class StreamPace {
 public:
  StreamPace(base::MonoTime began, GenerationMetrics::Cell& cell) : began_(began), cell_(&cell) {}

  /// A run of events is here. Costs no look at a clock.
  void arrived(base::MonoTime now);
  /// From the beginning of the attempt to the first run; nothing before that.
  [[nodiscard]] std::optional<base::Micros> first() const { return first_; }
  [[nodiscard]] base::MonoTime began() const { return began_; }

 private:
  base::MonoTime began_;
  base::MonoTime last_{};
  std::optional<base::Micros> first_;
  GenerationMetrics::Cell* cell_;
};

}  // namespace srasta::gateway
