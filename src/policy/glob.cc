#include "policy/glob.h"

#include "base/encoding.h"
#include "policy/unicode_text.h"

#include <algorithm>
#include <utility>

namespace srasta::policy {
namespace {

constexpr std::string_view kAnySegments = "**";

/// `**` is kept as a segment without text, which no other one is: that is asked at every step.
bool stands_for_any(std::string_view segment) {
  return segment.empty();
}

/// `*` in `pattern` stands for any text. Goes back to the last star only, so it is linear times
/// the pattern.
bool matches_segment(std::string_view pattern, std::string_view text) {
  // Where most of them fail, before any walk.
  const bool ends_apart =
      !pattern.empty() && pattern.back() != '*' && (text.empty() || text.back() != pattern.back());
  if (ends_apart) return false;
  size_t p = 0;
  size_t t = 0;
  size_t star = std::string_view::npos;
  size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

/// The same walk one level up, where `**` is the star.
bool matches_segments(const std::vector<std::string>& pattern,
                      const std::vector<std::string_view>& text) {
  // The last name decides for most: `**/*.pem`.
  const bool ends_apart = !pattern.empty() && !text.empty() && !stands_for_any(pattern.back()) &&
                          !matches_segment(pattern.back(), text.back());
  if (ends_apart) return false;
  size_t p = 0;
  size_t t = 0;
  size_t star = std::string_view::npos;
  size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && stands_for_any(pattern[p])) {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && matches_segment(pattern[p], text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  // A trailing `**` wants something below.
  return p == pattern.size();
}

bool may_overlap_segment(std::string_view a, std::string_view b) {
  const size_t star_a = a.find('*');
  const size_t star_b = b.find('*');
  if (star_a == std::string_view::npos) return matches_segment(b, a);
  if (star_b == std::string_view::npos) return matches_segment(a, b);
  const size_t head = std::min(star_a, star_b);
  const size_t tail = std::min(a.size() - a.rfind('*') - 1, b.size() - b.rfind('*') - 1);
  return a.substr(0, head) == b.substr(0, head) &&
         a.substr(a.size() - tail) == b.substr(b.size() - tail);
}

/// From the end to the beginning: whether the rests behind (i, j) may match the same text.
bool may_overlap_segments(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  std::vector<std::vector<bool>> may(a.size() + 1, std::vector<bool>(b.size() + 1, false));
  for (size_t i = a.size() + 1; i-- > 0;) {
    for (size_t j = b.size() + 1; j-- > 0;) {
      const bool any_a = i < a.size() && stands_for_any(a[i]);
      const bool any_b = j < b.size() && stands_for_any(b[j]);
      bool found = i == a.size() && j == b.size();
      if (any_a) found = found || may[i + 1][j] || (j < b.size() && may[i][j + 1]);
      if (any_b) found = found || may[i][j + 1] || (i < a.size() && may[i + 1][j]);
      if (!any_a && !any_b && i < a.size() && j < b.size()) {
        found = may_overlap_segment(a[i], b[j]) && may[i + 1][j + 1];
      }
      may[i][j] = found;
    }
  }
  return may[0][0];
}

/// Every text that the braces of `text` stand for; empty: a brace does not close, or too many.
std::vector<std::string> expand(std::string_view text) {
  const size_t open = text.find('{');
  if (open == std::string_view::npos) {
    return text.contains('}') ? std::vector<std::string>{} : std::vector{std::string(text)};
  }
  const size_t close = text.find('}', open);
  if (close == std::string_view::npos || text.find('}') < open) return {};
  const std::string_view inside = text.substr(open + 1, close - open - 1);
  if (inside.contains('{') || inside.contains('/')) return {};
  std::vector<std::string> out;
  for (const std::string& rest : expand(text.substr(close + 1))) {
    for (size_t begin = 0; begin <= inside.size();) {
      const size_t comma = std::min(inside.find(',', begin), inside.size());
      out.push_back(std::string(text.substr(0, open)) +
                    std::string(inside.substr(begin, comma - begin)) + rest);
      begin = comma + 1;
      if (out.size() > Glob::kMostAlternatives) return {};
    }
  }
  return out;
}

bool is_segment(std::string_view segment) {
  if (segment.empty() || segment == "." || segment == "..") return false;
  return segment == kAnySegments || !segment.contains(kAnySegments);
}

}  // namespace

std::optional<Glob> Glob::parse(std::string_view text) {
  if (text.empty() || text.size() > kLongest || !base::is_utf8(text)) return std::nullopt;
  const bool forbidden = std::ranges::any_of(text, [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '\\' || c == '?' || c == '[' || c == ']';
  });
  if (forbidden) return std::nullopt;
  std::vector<Pattern> alternatives;
  for (const std::string& plain : expand(text)) {
    Pattern pattern;
    for (const std::string_view segment : split_path(plain)) {
      if (!is_segment(segment)) return std::nullopt;
      // Two in a row are one, and cost more.
      const bool any = segment == kAnySegments;
      const bool repeats =
          any && !pattern.segments.empty() && stands_for_any(pattern.segments.back());
      if (!repeats) pattern.segments.emplace_back(any ? std::string_view() : segment);
    }
    if (pattern.segments.size() > kMostSegments) return std::nullopt;
    alternatives.push_back(std::move(pattern));
  }
  if (alternatives.empty()) return std::nullopt;
  return Glob(std::string(text), std::move(alternatives));
}

Glob::Glob(std::string text, std::vector<Pattern> alternatives)
    : text_(std::move(text)), alternatives_(std::move(alternatives)) {}

bool Glob::matches(const std::vector<std::string_view>& segments) const {
  return std::ranges::any_of(alternatives_, [&](const Pattern& pattern) {
    return matches_segments(pattern.segments, segments);
  });
}

bool Glob::matches(std::string_view text) const {
  return matches(split_path(text));
}

bool Glob::may_overlap(const Glob& other) const {
  return std::ranges::any_of(alternatives_, [&](const Pattern& one) {
    return std::ranges::any_of(other.alternatives_, [&](const Pattern& two) {
      return may_overlap_segments(one.segments, two.segments);
    });
  });
}

Glob Glob::folded() const {
  std::vector<Pattern> alternatives = alternatives_;
  for (Pattern& pattern : alternatives) {
    for (std::string& segment : pattern.segments) segment = fold_case(segment);
  }
  return Glob(fold_case(text_), std::move(alternatives));
}

void GlobList::add(Glob glob) {
  folded_.push_back(glob.folded());
  all_folded_ = all_folded_ && folded_.back().text() == glob.text();
  globs_.push_back(std::move(glob));
}

bool GlobList::matches(const RepoPath& path) const {
  return std::ranges::any_of(globs_,
                             [&](const Glob& glob) { return glob.matches(path.segments()); });
}

bool GlobList::matches(std::string_view text) const {
  const auto segments = split_path(text);
  return std::ranges::any_of(globs_, [&](const Glob& glob) { return glob.matches(segments); });
}

bool GlobList::denies(const RepoPath& path) const {
  const bool folded = std::ranges::any_of(
      folded_, [&](const Glob& glob) { return glob.matches(path.folded_segments()); });
  if (folded) return true;
  // Spelled the same, the other question is the same one.
  const bool same = all_folded_ && path.segments() == path.folded_segments();
  return !same && matches(path);
}

bool GlobList::denies_below(const RepoPath& folder) const {
  // No file is called like this, so only `*` and `**` match it.
  constexpr std::string_view kAnyName = "\x01";
  const auto below = [&](std::vector<std::string_view> segments, const std::vector<Glob>& globs) {
    segments.push_back(kAnyName);
    return std::ranges::any_of(globs, [&](const Glob& glob) { return glob.matches(segments); });
  };
  return below(folder.segments(), globs_) || below(folder.folded_segments(), folded_);
}

bool GlobList::denies(std::string_view text) const {
  const std::string folded = fold_case(text);
  const auto segments = split_path(folded);
  return matches(text) ||
         std::ranges::any_of(folded_, [&](const Glob& glob) { return glob.matches(segments); });
}

}  // namespace srasta::policy
