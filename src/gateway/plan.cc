#include "gateway/plan.h"

#include "config/changes.h"
#include "config/operator_file.h"

#include <algorithm>

#include <fmt/format.h>

namespace srasta::gateway {
namespace {

std::vector<inference::AliasRule> alias_rules(const config::Inference& inference) {
  std::vector<inference::AliasRule> rules;
  for (const config::Alias& alias : inference.aliases) {
    inference::AliasRule rule{.name = alias.name,
                              .routes = {},
                              .fallback = alias.fallback,
                              .default_max_tokens = alias.default_max_tokens};
    for (const config::Route& route : alias.routes) {
      rule.routes.push_back({route.upstream, route.model, std::max(route.weight, 1U)});
    }
    rules.push_back(std::move(rule));
  }
  return rules;
}

/// What runs under the plan that ends still counts.
void count_on(std::vector<UpstreamSpec>& specs, const std::vector<UpstreamSpec>& before) {
  for (UpstreamSpec& spec : specs) {
    const auto known = std::ranges::find_if(
        before, [&](const UpstreamSpec& other) { return spec.same_place(other); });
    if (known != before.end()) spec.engine = known->engine;
  }
}

/// Null for plain HTTP.
base::Result<std::shared_ptr<const net::TlsContext>> server_tls(const config::Tls& tls) {
  if (tls.mode != config::TlsMode::Files) return std::shared_ptr<const net::TlsContext>();
  // Others must not be able to read it; OpenSSL does not look.
  if (auto key = config::read_secret_file(tls.key_file); !key) {
    return base::make_error(key.error().code, "tls.key_file: " + key.error().message);
  }
  return net::TlsContext::server(tls.cert_file, tls.key_file);
}

}  // namespace

void Plan::set_engines() const {
  for (const UpstreamSpec& spec : upstreams) spec.engine->set(spec.rules);
}

base::Result<std::shared_ptr<const Plan>> make_plan(const config::Loaded& loaded,
                                                    const Plan* before) {
  auto plan = std::make_shared<Plan>(Plan{.revision = before == nullptr ? 1 : before->revision + 1,
                                          .config = loaded.config,
                                          .digest = config::config_digest(loaded)});
  plan->limits =
      CallerLimits::make(plan->config.limits, before == nullptr ? nullptr : before->limits.get());
  const config::Config& config = plan->config;
  SRASTA_TRY_ASSIGN(plan->upstreams, upstream_specs(config.inference));
  if (before != nullptr) count_on(plan->upstreams, before->upstreams);
  plan->aliases = alias_rules(config.inference);
  SRASTA_TRY_ASSIGN(plan->tls, server_tls(config.tls));
  return std::shared_ptr<const Plan>(std::move(plan));
}

access::SourceLimits::Settings source_settings(const config::Config& config) {
  return {.connections = config.limits.source.connections,
          .failures = config.limits.source.failures};
}

base::Result<void> check_reloadable(const config::Config& running, const config::Config& wanted) {
  std::string fixed;
  for (const std::string& key : config::fixed_while_running(running, wanted)) {
    fixed += fmt::format("{}{}: cannot change while the gateway runs; restart to change it",
                         fixed.empty() ? "" : "\n", key);
  }
  if (fixed.empty()) return {};
  return base::make_error(base::Code::Invalid, std::move(fixed));
}

}  // namespace srasta::gateway
