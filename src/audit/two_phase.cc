#include "audit/two_phase.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace srasta::audit {
namespace {

constexpr std::string_view kInference = "inference.";
constexpr std::string_view kIntent = ".intent";
constexpr std::string_view kOutcome = ".outcome";
/// What is changed besides, under one name from its beginning to its end.
constexpr std::array<std::string_view, 5> kChanges = {"config.apply", "tool.change", "tool.run",
                                                      "approval.request", "approval.decide"};
/// Nouns whose acts are changes of who may do what.
constexpr std::array<std::string_view, 6> kAdministered = {"tenant", "user", "group",
                                                           "role",   "key",  "license"};

bool is_administration(std::string_view act) {
  return std::ranges::find(kChanges, act) != kChanges.end() ||
         std::ranges::find(kAdministered, act.substr(0, act.find('.'))) != kAdministered.end();
}

}  // namespace

Step step_of(std::string_view act, std::string_view outcome) {
  if (act == "inference.request") {
    return {outcome == "allow" ? Phase::Begin : Phase::None, kInference};
  }
  if (act == "inference.complete" || act == "inference.abort" || act == "inference.error") {
    return {Phase::End, kInference};
  }
  for (const auto& [suffix, phase] :
       {std::pair(kIntent, Phase::Begin), std::pair(kOutcome, Phase::End)}) {
    if (act.ends_with(suffix)) return {phase, act.substr(0, act.size() - suffix.size())};
  }
  if (is_administration(act) && outcome != "deny") {
    return {outcome == "allow" ? Phase::Begin : Phase::End, act};
  }
  return {};
}

std::optional<Act> unseen_end_of(std::string_view act) {
  if (act == "inference.request") return Act::InferenceError;
  if (is_administration(act)) return find_act(act);
  if (!act.ends_with(kIntent)) return std::nullopt;
  act.remove_suffix(kIntent.size());
  return find_act(std::string(act).append(kOutcome));
}

}  // namespace srasta::audit
