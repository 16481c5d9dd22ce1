#include "audit/reason.h"

#include <algorithm>
#include <array>

namespace srasta::audit {
namespace {

// In the order of the enumeration; sorted, so that a name is found by bisection.
constexpr auto kNames = std::to_array<std::string_view>({
    "",
#include "reason_names.inc"
});
static_assert(std::ranges::is_sorted(kNames));

}  // namespace

std::string_view to_string(Reason reason) {
  return kNames[static_cast<size_t>(reason)];
}

std::optional<Reason> find_reason(std::string_view name) {
  const auto found = std::ranges::lower_bound(kNames, name);
  if (name.empty() || found == kNames.end() || *found != name) return std::nullopt;
  return static_cast<Reason>(found - kNames.begin());
}

}  // namespace srasta::audit
