#include "inference/catalog.h"

#include <algorithm>
#include <set>

namespace srasta::inference {

Catalog::Catalog(std::vector<UpstreamState> upstreams, std::vector<AliasRule> aliases)
    : upstreams_(std::move(upstreams)), aliases_(std::move(aliases)) {}

bool Catalog::any_reachable() const {
  return std::ranges::any_of(upstreams_, &UpstreamState::reachable);
}

bool Catalog::settled() const {
  return std::ranges::all_of(upstreams_, [](const UpstreamState& upstream) {
    return upstream.detected ? upstream.asked : upstream.listed;
  });
}

bool Catalog::knows_alias(std::string_view model) const {
  return std::ranges::any_of(aliases_,
                             [&](const AliasRule& alias) { return alias.name.view() == model; });
}

std::optional<uint64_t> Catalog::default_max_tokens(std::string_view model) const {
  const auto alias =
      std::ranges::find(aliases_, model, [](const AliasRule& rule) { return rule.name.view(); });
  return alias == aliases_.end() ? std::nullopt : alias->default_max_tokens;
}

std::vector<Target> Catalog::targets_of_alias(const AliasRule& alias) const {
  std::vector<Target> targets;
  for (const AliasRoute& route : alias.routes) {
    for (size_t i = 0; i < upstreams_.size(); ++i) {
      if (upstreams_[i].name == route.upstream) targets.push_back({i, route.model, route.weight});
    }
  }
  if (!alias.routes.empty()) return targets;
  for (size_t i = 0; i < upstreams_.size(); ++i) {
    if (upstreams_[i].reachable && !upstreams_[i].models.empty()) {
      return {{i, upstreams_[i].models.front(), 1}};
    }
  }
  return {};
}

std::vector<Target> Catalog::targets_of(std::string_view model) const {
  for (const AliasRule& alias : aliases_) {
    if (alias.name.view() == model) return targets_of_alias(alias);
  }
  std::vector<Target> targets;
  for (size_t i = 0; i < upstreams_.size(); ++i) {
    for (const base::ModelName& name : upstreams_[i].models) {
      if (name.view() == model) targets.push_back({i, name, 1});
    }
  }
  return targets;
}

std::vector<Catalog::Listed> Catalog::list() const {
  std::vector<Listed> listed;
  std::set<std::string_view> seen;
  for (const AliasRule& alias : aliases_) {
    if (targets_of_alias(alias).empty() || !seen.insert(alias.name.view()).second) continue;
    listed.push_back({alias.name, "srasta"});
  }
  for (const UpstreamState& upstream : upstreams_) {
    for (const base::ModelName& model : upstream.models) {
      if (seen.insert(model.view()).second) listed.push_back({model, upstream.name.str()});
    }
  }
  return listed;
}

}  // namespace srasta::inference
