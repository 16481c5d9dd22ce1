#pragma once

#include "base/metrics.h"
#include "base/secret.h"
#include "base/strong.h"
#include "config/config.h"
#include "net/http_client.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace srasta::gateway {

/// An inference server as configured, or a place on loopback where one is looked for.
struct UpstreamSpec {
  base::UpstreamName name;
  config::UpstreamKind kind = config::UpstreamKind::OpenAi;
  http::Url url;  ///< without a trailing /v1
  std::shared_ptr<const net::TlsContext> tls;
  std::string authorization;  ///< whole header line with our credential for the server, or empty
  uint32_t concurrency = 256;
  bool detected = false;
};

/// Configured servers first, then, with `detect`, the usual loopback ports of Ollama, vLLM and
/// llama.cpp that no configured server uses. The index is the server's identity on every core.
[[nodiscard]] base::Result<std::vector<UpstreamSpec>> upstream_specs(
    const config::Inference& inference);

/// One core's connections to the inference servers.
class Upstreams {
 public:
  struct One {
    UpstreamSpec spec;
    std::unique_ptr<net::HttpClientPool> pool;
    int64_t outstanding = 0;
    base::Counter requests;
    base::Counter failures;
  };

  Upstreams(net::Loop& loop, net::BlockingPool& blocking, const std::vector<UpstreamSpec>& specs,
            base::Micros connect_timeout);

  [[nodiscard]] One& at(size_t index) { return *all_[index]; }
  [[nodiscard]] const std::vector<std::unique_ptr<One>>& all() const { return all_; }

 private:
  std::vector<std::unique_ptr<One>> all_;
};

}  // namespace srasta::gateway
