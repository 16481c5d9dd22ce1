#include "access/model_grant.h"

#include <algorithm>

namespace srasta::access {

bool matches_pattern(std::string_view pattern, std::string_view name) {
  size_t at = 0;
  size_t in = 0;
  size_t star = std::string_view::npos;  // of the last `*`, which takes more when the rest fails
  size_t taken = 0;
  while (in < name.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      taken = in;
    } else if (at < pattern.size() && pattern[at] == name[in]) {
      ++at;
      ++in;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      in = ++taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

bool ModelGrant::allows(std::string_view model) const {
  return std::ranges::all_of(layers_, [&](const std::vector<std::string>& layer) {
    return std::ranges::any_of(
        layer, [&](const std::string& pattern) { return matches_pattern(pattern, model); });
  });
}

}  // namespace srasta::access
