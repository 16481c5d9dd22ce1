#pragma once

#include "net/blocking.h"
#include "net/stream.h"
#include "net/tls.h"

#include <memory>
#include <string>

namespace srasta::net {

/// A server to connect to by name.
struct Peer {
  std::string host;  ///< name or numeric address; what its certificate must name
  uint16_t port = 0;
  std::shared_ptr<const TlsContext> tls;  ///< null: no encryption
  base::Micros within = base::Seconds(2);
  bool local_only = false;  ///< refuse a name that has any address outside the perimeter
};

/// Connects to the first address that takes the connection. Errors: Code::Denied (an address
/// outside the perimeter), Code::Timeout, Code::Cancelled, Code::Unavailable; the reason is in
/// `detail`.
Task<base::Result<std::unique_ptr<Stream>>> dial(BlockingPool& blocking, Peer peer, Scope& scope);

/// Waits until the peer's host has acknowledged every byte that was written to a TCP stream. Its
/// program may not have read them yet. Done, Closed or Failed (the connection is no more), Timeout,
/// Cancelled.
Task<IoState> until_acknowledged(Stream& stream, Scope& scope, base::MonoTime deadline);

}  // namespace srasta::net
