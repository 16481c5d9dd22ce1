#include "sandbox/tier.h"

#include <array>
#include <utility>

namespace srasta::sandbox {
namespace {

constexpr std::array<std::pair<Tier, std::string_view>, 4> kNames{{
    {Tier::None, "none"},
    {Tier::T3, "t3"},
    {Tier::T1, "t1"},
    {Tier::T1c, "t1c"},
}};

}  // namespace

std::string_view to_string(Tier tier) {
  for (const auto& [value, name] : kNames) {
    if (value == tier) return name;
  }
  return "none";
}

std::optional<Tier> parse_tier(std::string_view text) {
  for (const auto& [value, name] : kNames) {
    if (name == text) return value;
  }
  return std::nullopt;
}

}  // namespace srasta::sandbox
