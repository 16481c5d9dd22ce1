#pragma once

#include "access/model_grant.h"
#include "base/clock.h"
#include "gateway/engine.h"
#include "gateway/upstreams.h"
#include "inference/catalog.h"
#include "inference/turns.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace srasta::gateway {

/// Finds the engine for one request, and the next one when that did not work out. In this order:
/// engines that probes reach, of the offer's own routes and then of each fallback; engines that
/// they do not; engines that are ejected for their answers. Among equals the one with the least
/// work in hand for its weight, then by turns. An engine whose ejection is over gets one request
/// before the others of its step. The only engine that a request may go to is never ejected for it.
/// What the caller may not use, and what leads outside without an acknowledgement, does not count.
class TargetSearch {
 public:
  struct Parts {
    const inference::Offer& offer;
    const inference::Catalog& catalog;
    const Upstreams& upstreams;
    const access::ModelGrant& grant;
    inference::Turns& turns;
  };
  explicit TargetSearch(const Parts& parts);

  struct Pick {
    const inference::Target* target = nullptr;
    Trial trial = {};
    /// Nothing: the engine has its hands full, and this is the one to wait for.
    std::optional<EnginePlace> place = std::nullopt;
  };
  /// Where to go now; each target once. Nothing when there is no other place to go.
  [[nodiscard]] std::optional<Pick> next(base::MonoTime now);

  /// Forgets targets that cannot be told what is asked. Before the first `next`.
  template <typename IsLeftOut>
  void leave_out(IsLeftOut is_left_out) {
    std::erase_if(usable_,
                  [&](size_t target) { return is_left_out(parts_.offer.targets[target]); });
    alone_ = usable_.size() == 1;
  }
  /// Whether there may be another place to go.
  [[nodiscard]] bool has_more() const { return !usable_.empty(); }
  /// Whether a place that was waited for may still be used.
  [[nodiscard]] bool is_good(const inference::Target& target, base::MonoTime now) const;

  /// The first target that the caller may use, in order or not; null: none.
  [[nodiscard]] const inference::Target* first_permitted() const { return first_permitted_; }
  /// Whether an acknowledgement is all that is missing.
  [[nodiscard]] bool lacks_acknowledgement() const { return lacks_acknowledgement_; }

  /// What a request for `offer` is when it goes to `target`.
  [[nodiscard]] static access::ModelUse use_of(const inference::Offer& offer,
                                               const inference::Target& target,
                                               const inference::Catalog& catalog);

 private:
  enum class Tier : uint8_t { Reachable, Unreachable, Ejected };

  [[nodiscard]] Engine& engine_of(size_t target) const;
  [[nodiscard]] bool is_reachable(size_t target) const;
  [[nodiscard]] bool belongs(size_t target, Tier tier, base::MonoTime now) const;
  [[nodiscard]] std::vector<inference::Turns::Choice> candidates(Tier tier, uint32_t hop,
                                                                 base::MonoTime now) const;
  [[nodiscard]] std::optional<Pick> next_trial(uint32_t hop, base::MonoTime now);
  [[nodiscard]] std::optional<Pick> least_loaded(std::vector<inference::Turns::Choice> choices);
  Pick take(size_t target, bool entered);

  const Parts parts_;
  const inference::Target* first_permitted_ = nullptr;
  std::vector<size_t> usable_;  // targets that are left
  bool alone_ = false;
  bool lacks_acknowledgement_ = false;
};

/// Whether a caller with `grant` can ask for `offer` at all.
[[nodiscard]] bool is_offered(const inference::Offer& offer, const inference::Catalog& catalog,
                              const access::ModelGrant& grant);

}  // namespace srasta::gateway
