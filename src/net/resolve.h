#pragma once

#include "net/blocking.h"
#include "net/endpoint.h"

#include <string>
#include <vector>

namespace srasta::net {

/// The addresses of `host`, in the system's order of preference; numeric addresses need no look-up.
/// Errors: Code::Unavailable (no address), Code::Timeout, Code::Cancelled.
Task<base::Result<std::vector<Endpoint>>> resolve(BlockingPool& pool, std::string host,
                                                  uint16_t port, Scope& scope,
                                                  base::MonoTime deadline);

}  // namespace srasta::net
