#pragma once

#include "audit/event.h"
#include "base/clock.h"

#include <cstdint>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

namespace srasta::audit {

/// Refusals that were counted instead of recorded one by one.
struct Flood {
  Reason reason = Reason::None;
  uint64_t count = 0;
  base::WallTime first;
  base::WallTime last;
};

/// The record `auth.flood{count,first,last,reason}`.
[[nodiscard]] Event flood_event(const Flood& flood);

/// Keeps strangers from filling the disk: of the refusals that happen before anybody is identified,
/// the first few per source network and reason in a while are worth a record each, the rest one
/// together. Memory is bounded: sources beyond the limit share one count per reason. For one
/// thread.
class FloodGate {
 public:
  struct Limits {
    uint32_t single_records = 20;
    base::Micros window{10'000'000};
    size_t cells = 4096;
  };

  FloodGate() : FloodGate(Limits{}) {}
  explicit FloodGate(Limits limits) : limits_(limits) {}

  /// Whether this refusal gets a record of its own. `network` is the source's address without its
  /// host part; it is kept as a hash only.
  [[nodiscard]] bool admit(std::string_view network, Reason reason, base::WallTime wall,
                           base::MonoTime now);
  /// Counts one that gets no record of its own in any case.
  void count(std::string_view network, Reason reason, base::WallTime wall, base::MonoTime now);
  /// What was counted in windows that have ended; to be asked for about once a second.
  [[nodiscard]] std::vector<Flood> take_ended(base::MonoTime now);

 private:
  struct Cell {
    base::MonoTime began;
    uint32_t admitted = 0;
    Flood rest;
  };
  using Key = std::pair<uint64_t, Reason>;

  Cell& cell_of(std::string_view network, Reason reason, base::MonoTime now);

  Limits limits_;
  std::map<Key, Cell> cells_;
};

}  // namespace srasta::audit
