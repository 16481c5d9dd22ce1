#include "gateway/source_gate.h"

#include "access/client_address.h"
#include "base/encoding.h"

#include <algorithm>

namespace srasta::gateway {

std::string CoreSourceGate::client_of(net::Exchange& exchange) const {
  if (proxies_.empty()) return exchange.peer();
  std::vector<std::string_view> forwarded;
  for (const http::Field& field : exchange.head().fields) {
    if (base::equal_ignoring_case(field.name, "x-forwarded-for")) forwarded.push_back(field.value);
  }
  return std::string(access::client_address(exchange.peer(), forwarded, proxies_));
}

bool CoreSourceGate::is_proxy(const std::string& peer) const {
  const auto address = config::parse_ip(peer);
  return address && std::ranges::any_of(proxies_, [&](const config::AddressBlock& block) {
           return block.contains(*address);
         });
}

bool CoreSourceGate::admit(const std::string& peer) {
  if (is_proxy(peer)) return true;
  const std::string source = access::source_network(peer);
  if (limits_.open(source)) return true;
  journal_.connection_refused(audit::Word("source.connections"), source, loop_.now());
  return false;
}

void CoreSourceGate::turned_away(const std::string& peer) {
  journal_.connection_refused(audit::Word("connections"), access::source_network(peer),
                              loop_.now());
}

void CoreSourceGate::left(const std::string& peer) {
  if (!is_proxy(peer)) limits_.close(access::source_network(peer));
}

}  // namespace srasta::gateway
