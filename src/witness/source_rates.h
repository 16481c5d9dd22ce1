#pragma once

#include "base/clock.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace srasta::witness {

/// Bounds what one source network may take: connections at once, and requests (GCRA). A network is
/// an IPv4 address or the first 64 bits of an IPv6 address. Memory is bounded: while `sources` of
/// them are busy, no other one is served. For one thread.
class SourceRates {
 public:
  struct Settings {
    uint32_t connections = 32;
    uint32_t burst = 200;
    base::Micros every = base::Millis(20);  ///< one more request comes back
    size_t sources = 4096;
  };

  explicit SourceRates(const Settings& settings) : settings_(settings) {}

  /// Whether a connection of `address` may be served; if so, `close` must follow.
  [[nodiscard]] bool open(std::string_view address, base::MonoTime now);
  void close(std::string_view address);
  /// Whether a request of an open connection may be served; it is counted if so.
  [[nodiscard]] bool take(std::string_view address, base::MonoTime now);

 private:
  struct Source {
    uint32_t connections = 0;
    base::MonoTime recovered{};  ///< when the whole burst is there again
  };

  const Settings settings_;
  std::unordered_map<std::string, Source> sources_;
};

}  // namespace srasta::witness
