#include "witness/source_rates.h"

#include "net/endpoint.h"

#include <algorithm>
#include <span>

namespace srasta::witness {
namespace {

constexpr size_t kNetworkBytes = 8;

std::string network_of(std::string_view address) {
  auto endpoint = net::parse_ip(address, 0);
  if (!endpoint || endpoint->family != net::Endpoint::Family::V6) return std::string(address);
  std::ranges::fill(std::span(endpoint->address).subspan(kNetworkBytes), uint8_t{0});
  return endpoint->host();
}

}  // namespace

bool SourceRates::open(std::string_view address, base::MonoTime now) {
  const std::string network = network_of(address);
  if (sources_.size() >= settings_.sources) {
    std::erase_if(sources_, [now](const auto& entry) {
      return entry.second.connections == 0 && entry.second.recovered <= now;
    });
  }
  if (sources_.size() >= settings_.sources && !sources_.contains(network)) return false;
  Source& source = sources_[network];
  if (source.connections >= settings_.connections) return false;
  ++source.connections;
  return true;
}

void SourceRates::close(std::string_view address) {
  // An entry with connections is never dropped.
  --sources_[network_of(address)].connections;
}

bool SourceRates::take(std::string_view address, base::MonoTime now) {
  Source& source = sources_[network_of(address)];
  const base::MonoTime next = std::max(source.recovered, now) + settings_.every;
  if (next > now + settings_.every * settings_.burst) return false;
  source.recovered = next;
  return true;
}

}  // namespace srasta::witness
