#pragma once

#include "base/secret.h"
#include "evidence/sink.h"
#include "net/http_client.h"

#include <memory>
#include <string>

namespace srasta::evidence {

/// POSTs each batch as JSON lines, signed as Standard Webhooks has it. A status 2xx is the receipt.
class WebhookSink final : public Sink {
 public:
  struct Settings {
    http::Url url;
    std::shared_ptr<const net::TlsContext> tls;  ///< required when url.tls
    base::Secret key;                            ///< of `parse_webhook_secret`
    std::string install_id;
  };
  WebhookSink(net::Loop& loop, net::BlockingPool& blocking, Settings settings);

  net::Task<base::Result<void>> deliver(const SinkBatch& batch, net::Scope& scope) override;

 private:
  const base::Secret key_;
  const std::string install_id_;
  net::HttpClientPool pool_;
};

}  // namespace srasta::evidence
