// Question: do the configuration and the sockets read one address the same, does every accepted
// spelling survive being written, and does a block hold exactly what its prefix says?
#include "config/address.h"
#include "input.h"
#include "net/endpoint.h"

#include <algorithm>
#include <string>

namespace {

using srasta::fuzz::require;
namespace config = srasta::config;
namespace net = srasta::net;

void check_address(std::string_view text) {
  const auto ours = config::parse_ip(text);
  const auto socket = net::parse_ip(text, 80);
  require(ours.has_value() == socket.ok());
  if (!ours) return;
  require(ours->is_loopback() == socket->is_loopback());
  require(config::parse_ip(socket->host()) == ours);
}

void check_endpoint(std::string_view text) {
  if (const auto listen = config::parse_host_port(text)) {
    require(config::parse_host_port(listen->text()) == listen);
    const auto endpoint = net::parse_endpoint(text);
    require(endpoint.ok() && endpoint->port == listen->port);
    require(config::parse_ip(endpoint->host()) == config::parse_ip(listen->host));
  }
  if (const auto endpoint = net::parse_endpoint(text); endpoint.ok()) {
    const auto again = net::parse_endpoint(endpoint->str());
    require(again.ok() && again->family == endpoint->family && again->port == endpoint->port &&
            again->address == endpoint->address && again->path == endpoint->path);
  }
}

void check_block(std::string_view text) {
  const auto block = config::parse_address_block(text);
  if (!block) return;
  require(block->prefix <= 128 && block->contains(block->first));
  for (unsigned bit = 0; bit < 128; ++bit) {
    config::IpAddress other = block->first;
    other.bytes[bit / 8] ^= static_cast<uint8_t>(0x80 >> bit % 8);
    require(block->contains(other) == (bit >= block->prefix));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = srasta::fuzz::text_of(data, size);
  check_address(text);
  check_endpoint(text);
  check_block(text);
  return 0;
}
