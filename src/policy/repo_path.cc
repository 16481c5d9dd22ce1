#include "policy/repo_path.h"

#include "base/encoding.h"
#include "policy/unicode_text.h"

#include <algorithm>
#include <utility>

namespace srasta::policy {
namespace {

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
}

/// Code points that nobody sees, taken out.
std::string without_invisible(std::string_view segment) {
  std::string out;
  for (size_t i = 0; i < segment.size();) {
    const auto lead = static_cast<unsigned char>(segment[i]);
    const size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const std::string_view point = segment.substr(i, length);
    if (!has_invisible(point)) out += point;
    i += length;
  }
  return out;
}

Reason check_text(std::string_view text) {
  if (text.empty()) return Reason::PathInvalid;
  if (!base::is_utf8(text)) return Reason::PathUnicode;
  if (std::ranges::any_of(text, is_control) || text.contains('\\')) return Reason::PathInvalid;
  if (text.contains("://")) return Reason::PathInvalid;
  if (text.front() == '/') return Reason::PathAbsolute;
  return Reason::None;
}

Reason check_segment(std::string_view segment) {
  if (segment.empty() || segment == ".") return Reason::PathInvalid;
  if (segment == "..") return Reason::PathTraversal;
  if (segment.size() > kLongestSegment) return Reason::PathTooLong;
  if (is_git_folder(segment)) return Reason::PathGitdir;
  return Reason::None;
}

}  // namespace

std::vector<std::string_view> split_path(std::string_view text) {
  std::vector<std::string_view> parts;
  size_t begin = 0;
  for (size_t end = text.find('/'); end != std::string_view::npos; end = text.find('/', begin)) {
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  parts.push_back(text.substr(begin));
  return parts;
}

bool is_git_folder(std::string_view segment) {
  std::string plain = fold_case(without_invisible(segment));
  if (const size_t stream = plain.find(':'); stream != std::string::npos) plain.resize(stream);
  while (!plain.empty() && (plain.back() == '.' || plain.back() == ' ')) plain.pop_back();
  return plain == ".git" || plain == "git~1";
}

std::expected<RepoPath, Reason> RepoPath::parse(std::string_view text) {
  if (const Reason wrong = check_text(text); wrong != Reason::None) return std::unexpected(wrong);
  const std::vector<std::string_view> segments = split_path(text);
  for (const std::string_view segment : segments) {
    if (const Reason wrong = check_segment(segment); wrong != Reason::None) {
      return std::unexpected(wrong);
    }
  }
  if (text.size() > kLongestPath || segments.size() > kMostSegments) {
    return std::unexpected(Reason::PathTooLong);
  }
  if (!is_nfc(text) || has_invisible(text) || has_disguised_ascii(text)) {
    return std::unexpected(Reason::PathUnicode);
  }
  return RepoPath(std::string(text), fold_case(text));
}

RepoPath::RepoPath(std::string text, std::string folded)
    : text_(std::move(text)),
      folded_(std::move(folded)),
      segments_(split_path(text_)),
      folded_segments_(split_path(folded_)) {}

RepoPath::RepoPath(const RepoPath& other) : RepoPath(other.text_, other.folded_) {}

// A short text moves with its bytes, so views into it do not survive.
RepoPath::RepoPath(RepoPath&& other) noexcept
    : RepoPath(std::move(other.text_), std::move(other.folded_)) {}

RepoPath& RepoPath::operator=(RepoPath other) noexcept {
  text_ = std::move(other.text_);
  folded_ = std::move(other.folded_);
  segments_ = split_path(text_);
  folded_segments_ = split_path(folded_);
  return *this;
}

}  // namespace srasta::policy
