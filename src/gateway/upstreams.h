#pragma once

#include "base/metrics.h"
#include "base/secret.h"
#include "base/strong.h"
#include "config/config.h"
#include "gateway/engine.h"
#include "inference/catalog.h"
#include "net/http_client.h"

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
  /// Whole header line with our credential for the server; null: none. One copy for all cores.
  std::shared_ptr<const base::Secret> authorization;
  /// Shared by all copies: one for all cores.
  std::shared_ptr<Engine> engine = std::make_shared<Engine>();
  Engine::Rules rules;    ///< of `engine`, while this is in force
  bool external = false;  ///< declared to be outside the perimeter
  bool detected = false;

  /// Whether what is known of one holds for the other.
  [[nodiscard]] bool same_place(const UpstreamSpec& other) const;
  /// The header line, or nothing. Lives as long as `authorization`.
  [[nodiscard]] std::string_view credential() const {
    return authorization ? authorization->expose() : std::string_view();
  }
  /// Whether connections made for one serve the other.
  [[nodiscard]] bool same_server(const UpstreamSpec& other) const;
};

/// Configured servers first, then, with `detect`, the usual loopback ports of Ollama, vLLM and
/// llama.cpp that no configured server uses. The index is the server's identity on every core.
[[nodiscard]] base::Result<std::vector<UpstreamSpec>> upstream_specs(
    const config::Inference& inference);

/// One core's connections to the inference servers. What a request began with stays alive until
/// the request ends, also when a reload has replaced it.
class Upstreams {
 public:
  struct One {
    UpstreamSpec spec;
    std::unique_ptr<net::HttpClientPool> pool;
    base::Counter requests;
    base::Counter failures;
  };

  /// `previous` (or null): servers that are the same keep their connections and counts.
  Upstreams(net::Loop& loop, net::BlockingPool& blocking, const std::vector<UpstreamSpec>& specs,
            base::Micros connect_timeout, const Upstreams* previous = nullptr);

  /// Servers outside the perimeter may be reached where `states`, in the same order, say that
  /// somebody answers for it.
  void permit(const std::vector<inference::UpstreamState>& states) const;

  [[nodiscard]] One& at(size_t index) const { return *all_[index]; }
  [[nodiscard]] const std::vector<std::shared_ptr<One>>& all() const { return all_; }

 private:
  std::vector<std::shared_ptr<One>> all_;
};

}  // namespace srasta::gateway
