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

namespace {

constexpr std::string_view kHosted = "hosted:";

template <typename Matches>
bool every_layer(const std::vector<std::vector<std::string>>& layers, Matches matches) {
  return std::ranges::all_of(layers, [&](const std::vector<std::string>& layer) {
    return std::ranges::any_of(layer, matches);
  });
}

}  // namespace

bool ModelGrant::allows(std::string_view model) const {
  return every_layer(layers_, [&](std::string_view pattern) {
    return !pattern.starts_with(kHosted) && matches_pattern(pattern, model);
  });
}

bool ModelGrant::allows_hosted(std::string_view model) const {
  return !layers_.empty() && every_layer(layers_, [&](std::string_view pattern) {
    return pattern.starts_with(kHosted) && matches_pattern(pattern.substr(kHosted.size()), model);
  });
}

bool ModelGrant::allows(const ModelUse& use) const {
  if (use.name != use.asked && !allows(use.asked) && !allows_hosted(use.asked)) return false;
  if (!use.hosted) return allows(use.name);
  return allows_hosted(use.name) || allows_hosted(use.model);
}

}  // namespace srasta::access
