#include "gateway/upstreams.h"

#include "config/operator_file.h"

#include <algorithm>
#include <array>

namespace srasta::gateway {
namespace {

struct Usual {
  std::string_view name;
  config::UpstreamKind kind;
  uint16_t port;
};

constexpr std::array kUsual = {Usual{"ollama", config::UpstreamKind::Ollama, 11434},
                               Usual{"vllm", config::UpstreamKind::Vllm, 8000},
                               Usual{"llamacpp", config::UpstreamKind::LlamaCpp, 8080}};

/// Clients write base URLs with and without /v1; the route's own path starts with it.
http::Url without_version(http::Url url) {
  while (url.path.ends_with('/')) url.path.pop_back();
  if (url.path.ends_with("/v1")) url.path.resize(url.path.size() - 3);
  return url;
}

std::shared_ptr<const base::Secret> bearer_line(const base::Secret& key) {
  constexpr std::string_view kName = "Authorization: Bearer ";
  constexpr std::string_view kEnd = "\r\n";
  std::string line;
  // Growing would leave a copy behind that nobody wipes.
  line.reserve(kName.size() + key.expose().size() + kEnd.size());
  line.append(kName).append(key.expose()).append(kEnd);
  return std::make_shared<const base::Secret>(std::move(line));
}

base::Result<UpstreamSpec> spec_of(const config::Upstream& upstream) {
  UpstreamSpec spec;
  spec.name = upstream.name;
  spec.kind = upstream.kind;
  spec.rules = {.places = upstream.concurrency, .queue = upstream.queue};
  spec.external = upstream.external;
  SRASTA_TRY_ASSIGN(http::Url url, http::parse_url(upstream.url));
  spec.url = without_version(std::move(url));
  if (spec.url.tls) {
    SRASTA_TRY_ASSIGN(spec.tls, net::TlsContext::client(upstream.ca_file));
  }
  if (!upstream.key_file.empty()) {
    SRASTA_TRY_ASSIGN(const base::Secret key, config::read_secret_file(upstream.key_file));
    spec.authorization = bearer_line(key);
  }
  return spec;
}

/// Where no configured server stands.
void add_usual(std::vector<UpstreamSpec>& specs) {
  for (const Usual& usual : kUsual) {
    const bool taken = std::ranges::any_of(specs, [&](const UpstreamSpec& spec) {
      return spec.name.view() == usual.name ||
             (spec.url.port == usual.port &&
              (spec.url.host == "127.0.0.1" || spec.url.host == "localhost"));
    });
    if (taken) continue;
    UpstreamSpec spec;
    spec.name = base::UpstreamName(usual.name);
    spec.kind = usual.kind;
    spec.url = {.host = "127.0.0.1", .port = usual.port};
    spec.detected = true;
    specs.push_back(std::move(spec));
  }
}

}  // namespace

base::Result<std::vector<UpstreamSpec>> upstream_specs(const config::Inference& inference) {
  std::vector<UpstreamSpec> specs;
  for (const config::Upstream& upstream : inference.upstreams) {
    SRASTA_TRY_ASSIGN(UpstreamSpec spec, spec_of(upstream));
    specs.push_back(std::move(spec));
  }
  if (inference.detect) add_usual(specs);
  for (UpstreamSpec& spec : specs) {
    spec.rules.breaker = {.failures = inference.ejection.failures,
                          .ejected_for = inference.ejection.duration};
  }
  return specs;
}

bool UpstreamSpec::same_place(const UpstreamSpec& other) const {
  return name == other.name && kind == other.kind && url == other.url &&
         external == other.external && detected == other.detected;
}

bool UpstreamSpec::same_server(const UpstreamSpec& other) const {
  // A TLS context is made anew at each reload, so that a changed CA file counts.
  return same_place(other) && !tls && !other.tls && credential() == other.credential();
}

Upstreams::Upstreams(net::Loop& loop, net::BlockingPool& blocking,
                     const std::vector<UpstreamSpec>& specs, base::Micros connect_timeout,
                     const Upstreams* previous) {
  for (const UpstreamSpec& spec : specs) {
    if (previous != nullptr) {
      const auto kept = std::ranges::find_if(
          previous->all_, [&](const auto& one) { return one->spec.same_server(spec); });
      if (kept != previous->all_.end()) {
        all_.push_back(*kept);
        continue;
      }
    }
    auto one = std::make_shared<One>();
    one->spec = spec;
    one->pool = std::make_unique<net::HttpClientPool>(
        loop, blocking,
        net::HttpClientPool::Settings{.url = spec.url,
                                      .tls = spec.tls,
                                      .connect_timeout = connect_timeout,
                                      .local_only = true});
    all_.push_back(std::move(one));
  }
}

void Upstreams::permit(const std::vector<inference::UpstreamState>& states) const {
  // Before the first catalog there are none.
  for (size_t i = 0; i < std::min(all_.size(), states.size()); ++i) {
    const bool outside = states[i].external && states[i].acknowledged && all_[i]->spec.url.tls;
    all_[i]->pool->set_local_only(!outside);
  }
}

}  // namespace srasta::gateway
