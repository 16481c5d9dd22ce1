#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::inference {

/// Who is next at an engine that has no place free: first come, first served within a tenant, and
/// between tenants by the work that each has had, so that one with a thousand requests or very long
/// ones does not delay another one's single short one (start-time fair queueing: Goyal, Vin, Cheng,
/// SIGCOMM 1996). Bounded: when it is full, the tenant with the most waiting requests gives up its
/// newest. For one thread.
class FairQueue {
 public:
  using Ticket = uint64_t;

  struct Pushed {
    bool taken = false;             ///< false: no room for this one
    std::optional<Ticket> evicted;  ///< who lost its place to it
  };
  /// `cost`: the work of the request, in tokens or any other unit; at least 1 counts. `ticket` is
  /// the caller's name for it, in the queue once.
  Pushed push(std::string_view tenant, uint64_t cost, Ticket ticket, size_t most);
  /// The next one; nothing when nobody waits.
  std::optional<Ticket> pop();
  /// Gives up waiting; false if it did not wait any more.
  bool remove(std::string_view tenant, Ticket ticket);
  [[nodiscard]] size_t size() const { return size_; }

 private:
  struct Item {
    Ticket ticket = 0;
    uint64_t start = 0;
    uint64_t order = 0;
  };
  struct Tenant {
    std::deque<Item> waiting;
    uint64_t finish = 0;  ///< of the last one that was queued
  };
  using Tenants = std::map<std::string, Tenant, std::less<>>;

  Ticket drop_newest(Tenants::iterator tenant);
  void forget_idle();

  Tenants tenants_;
  uint64_t now_ = 0;  ///< the virtual time: the start of the last one that was served
  uint64_t order_ = 0;
  size_t size_ = 0;
};

}  // namespace srasta::inference
