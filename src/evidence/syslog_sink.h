#pragma once

#include "evidence/sink.h"
#include "net/dial.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace srasta::evidence {

/// Syslog over TLS (RFC 5425), or over plain TCP in the same framing. The protocol has no receipts:
/// a batch counts as delivered when the receiver's host has acknowledged its last byte and has not
/// closed the connection. Its program may still die before it reads, so each new connection begins
/// with what was delivered last: the last batch, and as many before it as fit into 1 MiB.
class SyslogSink final : public Sink {
 public:
  struct Settings {
    net::Peer peer;
    std::string host;  ///< name of this host, for the messages
  };
  SyslogSink(net::BlockingPool& blocking, Settings settings);

  net::Task<base::Result<void>> deliver(const SinkBatch& batch, net::Scope& scope) override;

 private:
  net::Task<base::Result<void>> connect(net::Scope& scope);
  net::Task<net::IoState> send(std::span<const std::string> pieces, net::Scope& scope);
  void keep(std::string frames);

  net::BlockingPool& blocking_;
  const Settings settings_;
  std::unique_ptr<net::Stream> stream_;
  std::vector<std::string> recent_;  ///< frames of what was delivered last, oldest first
  size_t recent_bytes_ = 0;
};

}  // namespace srasta::evidence
