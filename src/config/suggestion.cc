#include "config/draft.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

namespace srasta::config {
namespace {

/// Levenshtein distance.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({substituted, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string suggestion(std::string_view name, const std::vector<std::string>& known) {
  constexpr size_t kLongest = 64;
  if (name.size() > kLongest || known.empty()) return {};
  const auto by_distance = [&](const std::string& candidate) { return distance(name, candidate); };
  const auto nearest = std::ranges::min_element(known, {}, by_distance);
  const size_t tolerated = std::max<size_t>(1, nearest->size() / 3);
  if (by_distance(*nearest) > tolerated) return {};
  return fmt::format(", did you mean \"{}\"?", *nearest);
}

}  // namespace srasta::config
