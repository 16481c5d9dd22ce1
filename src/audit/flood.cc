#include "audit/flood.h"

#include <functional>

namespace srasta::audit {
namespace {

constexpr uint64_t kEverybodyElse = 0;

}  // namespace

Event flood_event(const Flood& flood) {
  Event event{.act = Act::AuthFlood, .outcome = Outcome::Deny, .durability = Durability::Should};
  event.data.add("count", flood.count)
      .add("first", flood.first)
      .add("last", flood.last)
      .add("reason", flood.reason);
  return event;
}

bool FloodGate::admit(std::string_view network, Reason reason, base::WallTime wall,
                      base::MonoTime now) {
  Cell& cell = cell_of(network, reason, now);
  if (cell.admitted < limits_.single_records) {
    ++cell.admitted;
    return true;
  }
  count(network, reason, wall, now);
  return false;
}

void FloodGate::count(std::string_view network, Reason reason, base::WallTime wall,
                      base::MonoTime now) {
  Cell& cell = cell_of(network, reason, now);
  if (cell.rest.count == 0) cell.rest.first = wall;
  cell.rest.reason = reason;
  cell.rest.last = wall;
  ++cell.rest.count;
}

/// A window that has ended goes on until `take_ended` has fetched its count.
FloodGate::Cell& FloodGate::cell_of(std::string_view network, Reason reason, base::MonoTime now) {
  const Key key{std::hash<std::string_view>{}(network) | 1, reason};
  const bool known = cells_.contains(key);
  const bool full = !known && cells_.size() >= limits_.cells;
  Cell& cell = cells_[full ? Key{kEverybodyElse, key.second} : key];
  const bool fresh = cell.admitted == 0 && cell.rest.count == 0;
  const bool ended = now - cell.began >= limits_.window && cell.rest.count == 0;
  if (fresh || ended) cell = Cell{now, 0, {}};
  return cell;
}

std::vector<Flood> FloodGate::take_ended(base::MonoTime now) {
  std::vector<Flood> ended;
  for (auto at = cells_.begin(); at != cells_.end();) {
    if (now - at->second.began < limits_.window) {
      ++at;
      continue;
    }
    if (at->second.rest.count > 0) ended.push_back(at->second.rest);
    at = cells_.erase(at);
  }
  return ended;
}

}  // namespace srasta::audit
