#include "admin/sign_in/providers.h"

#include "http/url.h"
#include "identity/preset.h"

#include <algorithm>
#include <utility>

namespace srasta::admin {
namespace {

service::IssuerWatch::Settings settings_of(const ProviderRule& rule) {
  const config::Issuer& issuer = rule.issuer;
  return {.source = {.location = {.issuer = issuer.url,
                                  .allow_loopback_http = issuer.allow_loopback_http,
                                  .jwks_hosts = issuer.jwks_hosts,
                                  .endpoint_hosts = issuer.sign_in.hosts},
                     .max_stale = std::chrono::duration_cast<base::Seconds>(issuer.max_stale)},
          .socket = issuer.socket,
          .tls = rule.tls};
}

}  // namespace

Provider::Provider(const service::IssuerWatch::Parts& parts, ProviderRule of)
    : rule(std::move(of)),
      mapping(identity::mapping_rules(rule.issuer)),
      watch(parts, settings_of(rule), [this] {
        for (net::Signal& signal : waiting) signal.set();
      }) {}

std::string Provider::label() const {
  if (!rule.issuer.sign_in.label.empty()) return rule.issuer.sign_in.label;
  const auto url = http::parse_url(issuer());
  return url ? url->host : issuer();
}

std::string Provider::authorization_endpoint() const {
  const identity::Discovery* const known = watch.discovery();
  const bool whole = known != nullptr && !known->token_endpoint.empty();
  return whole ? known->authorization_endpoint : std::string();
}

void Providers::set(std::vector<ProviderRule> rules) {
  std::vector<std::shared_ptr<Provider>> next;
  for (ProviderRule& rule : rules) {
    const auto same = std::ranges::find_if(
        all_, [&](const auto& one) { return one && one->rule.issuer == rule.issuer; });
    if (same == all_.end()) {
      next.push_back(std::make_shared<Provider>(parts_, std::move(rule)));
      if (started_) next.back()->watch.start();
      continue;
    }
    // The content of files may have changed.
    (*same)->watch.use_tls(rule.tls);
    (*same)->rule = std::move(rule);
    next.push_back(std::move(*same));
  }
  std::erase_if(retired_, [](const auto& one) { return !one->watch.running(); });
  for (auto& one : all_) {
    if (!one) continue;
    one->watch.cancel();
    retired_.push_back(std::move(one));
  }
  all_ = std::move(next);
}

void Providers::start() {
  started_ = true;
  for (const auto& one : all_) one->watch.start();
}

void Providers::stop() {
  started_ = false;
  for (const auto& one : all_) one->watch.cancel();
}

bool Providers::stopped() const {
  const auto runs = [](const auto& one) { return one->watch.running(); };
  return std::ranges::none_of(all_, runs) && std::ranges::none_of(retired_, runs);
}

std::shared_ptr<Provider> Providers::find(std::string_view issuer) const {
  const auto found =
      std::ranges::find_if(all_, [&](const auto& one) { return one->issuer() == issuer; });
  return found == all_.end() ? nullptr : *found;
}

}  // namespace srasta::admin
