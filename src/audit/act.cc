#include "audit/act.h"

#include <algorithm>
#include <array>

namespace srasta::audit {
namespace {

// Each table in the order of its enumeration.
constexpr auto kActs = std::to_array<std::string_view>({
#include "act_names.inc"
});

constexpr auto kOutcomes =
    std::to_array<std::string_view>({"deny", "allow", "error", "ok", "unknown"});
static_assert(kOutcomes.size() == static_cast<size_t>(Outcome::Unknown) + 1);

constexpr auto kDurabilities = std::to_array<std::string_view>({"must", "should", "may"});
static_assert(kDurabilities.size() == static_cast<size_t>(Durability::May) + 1);

template <typename Enum, size_t N>
std::optional<Enum> find_in(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

}  // namespace

std::string_view to_string(Act act) {
  return kActs[static_cast<size_t>(act)];
}

std::string_view to_string(Outcome outcome) {
  return kOutcomes[static_cast<size_t>(outcome)];
}

std::string_view to_string(Durability durability) {
  return kDurabilities[static_cast<size_t>(durability)];
}

std::optional<Act> find_act(std::string_view name) {
  return find_in<Act>(kActs, name);
}

std::optional<Outcome> find_outcome(std::string_view name) {
  return find_in<Outcome>(kOutcomes, name);
}

}  // namespace srasta::audit
