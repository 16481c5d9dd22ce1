#include "gateway/target_search.h"

#include <algorithm>

namespace srasta::gateway {

using inference::Breaker;
using inference::Offer;
using inference::Target;
using inference::Turns;

TargetSearch::TargetSearch(const Parts& parts) : parts_(parts) {
  const auto& states = parts_.catalog.upstreams();
  for (size_t i = 0; i < parts_.offer.targets.size(); ++i) {
    const Target& target = parts_.offer.targets[i];
    if (!parts_.grant.allows(use_of(parts_.offer, target, parts_.catalog))) continue;
    if (first_permitted_ == nullptr) first_permitted_ = &target;
    const inference::UpstreamState& state = states[target.upstream];
    if (!state.external || state.acknowledged) usable_.push_back(i);
  }
  alone_ = usable_.size() == 1;
  lacks_acknowledgement_ = usable_.empty() && first_permitted_ != nullptr;
}

access::ModelUse TargetSearch::use_of(const Offer& offer, const Target& target,
                                      const inference::Catalog& catalog) {
  return {.asked = offer.name.view(),
          .name = offer.hops[target.hop].view(),
          .model = target.model.view(),
          .hosted = catalog.upstreams()[target.upstream].external};
}

Engine& TargetSearch::engine_of(size_t target) const {
  return *parts_.upstreams.at(parts_.offer.targets[target].upstream).spec.engine;
}

bool TargetSearch::is_reachable(size_t target) const {
  return parts_.catalog.upstreams()[parts_.offer.targets[target].upstream].reachable;
}

bool TargetSearch::belongs(size_t target, Tier tier, base::MonoTime now) const {
  const Engine& engine = engine_of(target);
  const bool ejected = !alone_ && engine.state(now) != Breaker::State::Closed;
  if (tier == Tier::Ejected) return ejected && engine.answers();
  return !ejected && is_reachable(target) == (tier == Tier::Reachable);
}

bool TargetSearch::is_good(const Target& target, base::MonoTime now) const {
  const Engine& engine = *parts_.upstreams.at(target.upstream).spec.engine;
  return alone_ || engine.state(now) == Breaker::State::Closed || engine.answers();
}

std::vector<Turns::Choice> TargetSearch::candidates(Tier tier, uint32_t hop,
                                                    base::MonoTime now) const {
  std::vector<Turns::Choice> choices;
  for (const size_t target : usable_) {
    if (parts_.offer.targets[target].hop != hop || !belongs(target, tier, now)) continue;
    choices.push_back({target, parts_.offer.targets[target].weight});
  }
  return choices;
}

std::optional<TargetSearch::Pick> TargetSearch::next(base::MonoTime now) {
  for (const Tier tier : {Tier::Reachable, Tier::Unreachable, Tier::Ejected}) {
    for (uint32_t hop = 0; hop < parts_.offer.hops.size(); ++hop) {
      if (tier == Tier::Reachable) {
        if (auto trial = next_trial(hop, now)) return trial;
      }
      auto choices = candidates(tier, hop, now);
      if (!choices.empty()) return least_loaded(std::move(choices));
    }
  }
  return std::nullopt;
}

std::optional<TargetSearch::Pick> TargetSearch::next_trial(uint32_t hop, base::MonoTime now) {
  for (const size_t target : usable_) {
    if (parts_.offer.targets[target].hop != hop) continue;
    Engine& engine = engine_of(target);
    if (!engine.is_troubled() || !(alone_ || is_reachable(target))) continue;
    if (engine.state(now) != Breaker::State::HalfOpen) continue;
    if (engine.ask(now) != Breaker::Pass::Trial) continue;
    Pick pick = take(target, engine.enter());
    pick.trial = Trial(engine);
    return pick;
  }
  return std::nullopt;
}

/// The first with a place, in the order of their load; else the one to wait for.
std::optional<TargetSearch::Pick> TargetSearch::least_loaded(std::vector<Turns::Choice> choices) {
  const auto load_of = [&](const Turns::Choice& choice) {
    const Engine& engine = engine_of(choice.target);
    return uint64_t{engine.in_hand()} + engine.waiting();
  };
  const auto less = [](uint64_t load, uint32_t weight, uint64_t other, uint32_t its_weight) {
    return load * its_weight < other * weight;
  };
  std::vector<size_t> full;
  while (!choices.empty()) {
    std::vector<Turns::Choice> least;
    uint64_t least_load = 0;
    for (const Turns::Choice& choice : choices) {
      const uint64_t load = load_of(choice);
      const bool better =
          least.empty() || less(load, choice.weight, least_load, least.front().weight);
      const bool worse = !better && less(least_load, least.front().weight, load, choice.weight);
      if (worse) continue;
      if (better) {
        least.clear();
        least_load = load;
      }
      least.push_back(choice);
    }
    const size_t target = least[parts_.turns.next(least)].target;
    if (engine_of(target).enter()) return take(target, true);
    full.push_back(target);
    std::erase_if(choices, [&](const Turns::Choice& choice) { return choice.target == target; });
  }
  return take(full.front(), false);
}

TargetSearch::Pick TargetSearch::take(size_t target, bool entered) {
  std::erase(usable_, target);
  Pick pick{.target = &parts_.offer.targets[target]};
  if (entered) pick.place.emplace(engine_of(target));
  return pick;
}

bool is_offered(const Offer& offer, const inference::Catalog& catalog,
                const access::ModelGrant& grant) {
  return std::ranges::any_of(offer.targets, [&](const Target& target) {
    return grant.allows(TargetSearch::use_of(offer, target, catalog));
  });
}

}  // namespace srasta::gateway
