#pragma once

#include <cstdint>
#include <memory>
#include <netdb.h>
#include <string>

namespace srasta::cli {

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

/// Whether the name service may be asked; `localhost` needs none.
enum class Names : uint8_t { Numeric, Resolved };

/// Null: the host has no address, or none without a question that may not be asked.
[[nodiscard]] Addresses addresses_of(const std::string& host, uint16_t port, Names names);

/// Whether a TCP connection is accepted within 300 ms.
[[nodiscard]] bool answers(const std::string& host, uint16_t port, Names names);

}  // namespace srasta::cli
