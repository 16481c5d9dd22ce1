#pragma once

#include "evidence/sink.h"
#include "net/dial.h"

#include <memory>
#include <string>

namespace srasta::evidence {

/// Syslog over TLS (RFC 5425), or over plain TCP in the same framing. The protocol has no receipts:
/// a batch counts as delivered when the receiver's host has acknowledged its last byte and has not
/// closed the connection. What such a host lost after that, because its program died before it
/// read, is one batch at most if the connection broke: the last batch is sent again on each new
/// one.
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
  net::Task<net::IoState> send(const std::string& bytes, net::Scope& scope);

  net::BlockingPool& blocking_;
  const Settings settings_;
  std::unique_ptr<net::Stream> stream_;
  std::string last_;  ///< frames of the batch that was delivered last
};

}  // namespace srasta::evidence
