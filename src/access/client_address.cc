#include "access/client_address.h"

#include <algorithm>
#include <optional>
#include <ranges>

namespace srasta::access {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// "192.0.2.1:80" and "[2001:db8::1]:80" without brackets and port.
std::string_view without_port(std::string_view text) {
  if (text.starts_with('[')) return text.substr(1, std::max<size_t>(text.find(']'), 1) - 1);
  const bool one_colon = std::ranges::count(text, ':') == 1;
  return one_colon ? text.substr(0, text.find(':')) : text;
}

bool is_trusted(std::string_view address, std::span<const config::AddressBlock> trusted) {
  const auto ip = config::parse_ip(address);
  return ip && std::ranges::any_of(
                   trusted, [&](const config::AddressBlock& block) { return block.contains(*ip); });
}

}  // namespace

std::string_view client_address(std::string_view peer, std::span<const std::string_view> forwarded,
                                std::span<const config::AddressBlock> trusted) {
  if (trusted.empty() || !is_trusted(peer, trusted)) return peer;
  std::string_view nearest = peer;
  for (std::string_view list : forwarded | std::views::reverse) {
    while (!list.empty()) {
      const size_t comma = list.rfind(',');
      const size_t begin = comma == std::string_view::npos ? 0 : comma + 1;
      const std::string_view address = without_port(trimmed(list.substr(begin)));
      if (!config::parse_ip(address)) return nearest;
      nearest = address;
      if (!is_trusted(address, trusted)) return nearest;
      list = list.substr(0, begin == 0 ? 0 : comma);
    }
  }
  return nearest;
}

}  // namespace srasta::access
