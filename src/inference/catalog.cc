#include "inference/catalog.h"

#include <algorithm>

namespace srasta::inference {

Catalog::Catalog(std::vector<UpstreamState> upstreams, std::vector<AliasRule> aliases)
    : upstreams_(std::move(upstreams)), aliases_(std::move(aliases)) {
  offer_aliases();
  offer_models();
  for (size_t i = 0; i < offers_.size(); ++i) by_name_.emplace(offers_[i].name.view(), i);
}

void Catalog::offer_aliases() {
  for (const AliasRule& alias : aliases_) {
    Offer offer{.name = alias.name,
                .owner = "srasta",
                .is_alias = true,
                .hops = {alias.name},
                .targets = {},
                .default_max_tokens = alias.default_max_tokens};
    add_targets(alias, 0, offer.targets);
    uint32_t hop = 0;
    for (const base::ModelName& name : alias.fallback) {
      add_fallback(name.view(), ++hop, offer.targets);
      offer.hops.push_back(name);
    }
    offers_.push_back(std::move(offer));
  }
}

void Catalog::offer_models() {
  std::map<std::string, size_t, std::less<>> known;  // of offers
  for (size_t i = 0; i < offers_.size(); ++i) known.emplace(offers_[i].name.str(), i);
  const size_t aliases = offers_.size();
  for (size_t server = 0; server < upstreams_.size(); ++server) {
    for (const base::ModelName& model : upstreams_[server].models) {
      const auto [at, fresh] = known.emplace(model.str(), offers_.size());
      if (at->second < aliases) continue;  // an alias of that name hides it
      if (fresh) {
        offers_.push_back({.name = model,
                           .owner = upstreams_[server].name.str(),
                           .hops = {model},
                           .targets = {}});
      }
      std::vector<Target>& targets = offers_[at->second].targets;
      const bool twice = !targets.empty() && targets.back().upstream == server;
      if (!twice) targets.push_back({.upstream = server, .model = model});
    }
  }
}

void Catalog::add_targets(const AliasRule& alias, uint32_t hop,
                          std::vector<Target>& targets) const {
  for (const AliasRoute& route : alias.routes) {
    for (size_t i = 0; i < upstreams_.size(); ++i) {
      if (upstreams_[i].name != route.upstream) continue;
      targets.push_back({.upstream = i, .model = route.model, .weight = route.weight, .hop = hop});
    }
  }
  if (!alias.routes.empty()) return;
  for (size_t i = 0; i < upstreams_.size(); ++i) {
    // What leaves the perimeter is named by somebody, not found.
    if (!upstreams_[i].reachable || upstreams_[i].models.empty() || upstreams_[i].external)
      continue;
    targets.push_back({.upstream = i, .model = upstreams_[i].models.front(), .hop = hop});
    return;
  }
}

void Catalog::add_fallback(std::string_view name, uint32_t hop,
                           std::vector<Target>& targets) const {
  const auto alias =
      std::ranges::find(aliases_, name, [](const AliasRule& rule) { return rule.name.view(); });
  if (alias != aliases_.end()) {
    add_targets(*alias, hop, targets);
    return;
  }
  for (size_t i = 0; i < upstreams_.size(); ++i) {
    const auto model = std::ranges::find(upstreams_[i].models, name,
                                         [](const base::ModelName& each) { return each.view(); });
    if (model == upstreams_[i].models.end()) continue;
    targets.push_back({.upstream = i, .model = *model, .hop = hop});
  }
}

bool Catalog::any_reachable() const {
  return std::ranges::any_of(upstreams_, &UpstreamState::reachable);
}

bool Catalog::settled() const {
  return std::ranges::all_of(upstreams_, [](const UpstreamState& upstream) {
    const bool is_left_alone = upstream.external && !upstream.acknowledged;
    return upstream.detected || is_left_alone ? upstream.asked : upstream.listed;
  });
}

const Offer* Catalog::find(std::string_view model) const {
  const auto found = by_name_.find(model);
  return found == by_name_.end() ? nullptr : &offers_[found->second];
}

}  // namespace srasta::inference
