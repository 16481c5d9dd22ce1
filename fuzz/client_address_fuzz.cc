// Question: can what a client claims in X-Forwarded-For ever win over what a proxy appended behind
// it? Input: the peer, the trusted blocks, then one field value a line.
#include "access/client_address.h"
#include "input.h"

#include <algorithm>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using srasta::access::client_address;
  using srasta::fuzz::require;
  namespace config = srasta::config;
  const auto lines = srasta::fuzz::split(srasta::fuzz::text_of(data, size), '\n');
  if (lines.size() < 2) return 0;
  std::vector<config::AddressBlock> trusted;
  for (const std::string_view text : srasta::fuzz::split(lines[1], ',')) {
    if (const auto block = config::parse_address_block(text)) trusted.push_back(*block);
  }
  const auto is_trusted = [&](std::string_view text) {
    const auto ip = config::parse_ip(text);
    return ip &&
           std::ranges::any_of(trusted, [&](const auto& block) { return block.contains(*ip); });
  };
  const std::string_view peer = lines[0];
  const std::vector<std::string_view> forwarded(lines.begin() + 2, lines.end());
  const std::string_view address = client_address(peer, forwarded, trusted);
  if (!is_trusted(peer)) {
    require(address.data() == peer.data() && address.size() == peer.size());
    return 0;
  }
  require(config::parse_ip(address).has_value());
  require(client_address(peer, forwarded, {}) == peer);

  std::vector<std::string_view> claimed = forwarded;
  claimed.insert(claimed.begin(), "198.51.100.9");
  const std::string_view then = client_address(peer, claimed, trusted);
  require(then == address || (is_trusted(address) && then == "198.51.100.9"));
  std::vector<std::string_view> appended = forwarded;
  appended.emplace_back("no address");
  require(client_address(peer, appended, trusted) == peer);
  return 0;
}
