#pragma once

#include "base/result.h"
#include "net/stream.h"

#include <memory>
#include <string>

namespace srasta::net {

/// Certificates and rules for one side of TLS (1.2 or newer, HTTP/1.1 by ALPN). Immutable; shared
/// by connections of any thread.
class TlsContext {
 public:
  /// PEM files: the chain with the leaf first, and its private key.
  static base::Result<std::shared_ptr<const TlsContext>> server(const std::string& cert_file,
                                                                const std::string& key_file);
  /// What a client trusts and shows; PEM files.
  struct Client {
    std::string ca_file;         ///< empty: the system's authorities
    std::string cert_file = {};  ///< the client's own chain, leaf first; empty: none
    std::string key_file = {};   ///< of `cert_file`
    bool http = true;            ///< offers HTTP/1.1 by ALPN; a peer may refuse what it is not
  };
  static base::Result<std::shared_ptr<const TlsContext>> client(const Client& settings);
  /// Verifies peers against the system's authorities, or against `ca_file` alone when it is given.
  static base::Result<std::shared_ptr<const TlsContext>> client(const std::string& ca_file) {
    return client(Client{.ca_file = ca_file});
  }

  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  virtual ~TlsContext() = default;

 protected:
  TlsContext() = default;
};

/// TLS over a connected, non-blocking descriptor, which it takes over. The handshake is done when
/// this returns. Errors: Code::Timeout, Code::Cancelled, Code::NotFound (no protocol in common,
/// ALPN), Code::Unavailable, with the reason as detail.
Task<base::Result<std::unique_ptr<Stream>>> accept_tls(std::shared_ptr<const TlsContext> context,
                                                       int descriptor, Scope& scope,
                                                       base::MonoTime deadline);

/// `host` is verified against the peer's certificate (DNS name or IP address).
Task<base::Result<std::unique_ptr<Stream>>> connect_tls(std::shared_ptr<const TlsContext> context,
                                                        std::unique_ptr<Stream> plain,
                                                        std::string host, Scope& scope,
                                                        base::MonoTime deadline);

}  // namespace srasta::net
