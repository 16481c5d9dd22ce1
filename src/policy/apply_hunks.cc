#include "policy/patch.h"

namespace srasta::policy {
namespace {

/// The content as lines, each with whether a line feed ends it.
class OldFile {
 public:
  explicit OldFile(std::string_view content) : rest_(content) {}

  [[nodiscard]] size_t next_number() const { return number_; }
  bool take(PatchLine& line) {
    if (rest_.empty()) return false;
    const size_t end = rest_.find('\n');
    line.ends = end != std::string_view::npos;
    line.text = rest_.substr(0, end);
    rest_.remove_prefix(line.ends ? end + 1 : rest_.size());
    ++number_;
    return true;
  }

 private:
  std::string_view rest_;
  size_t number_ = 1;
};

void append(std::string& out, const PatchLine& line) {
  out += line.text;
  if (line.ends) out += '\n';
}

bool apply(const Hunk& hunk, OldFile& file, std::string& out, size_t& written) {
  const size_t first = hunk.old_lines == 0 ? hunk.old_first + 1 : hunk.old_first;
  PatchLine line;
  while (file.next_number() < first) {
    if (!file.take(line)) return false;
    append(out, line);
    ++written;
  }
  if (file.next_number() != first) return false;
  // Where the new lines go must be where the hunk says.
  const size_t new_first = hunk.new_lines == 0 ? hunk.new_first + 1 : hunk.new_first;
  if (written + 1 != new_first) return false;
  for (const PatchLine& wanted : hunk.lines) {
    if (wanted.kind != PatchLine::Kind::Added) {
      if (!file.take(line) || line.text != wanted.text || line.ends != wanted.ends) return false;
    }
    if (wanted.kind != PatchLine::Kind::Removed) {
      if (!out.empty() && out.back() != '\n') return false;  // nothing follows an unended line
      append(out, wanted);
      ++written;
    }
  }
  return true;
}

}  // namespace

std::optional<std::string> apply_hunks(std::string_view content, const std::vector<Hunk>& hunks) {
  OldFile file(content);
  std::string out;
  size_t written = 0;
  for (const Hunk& hunk : hunks) {
    if (!apply(hunk, file, out, written)) return std::nullopt;
  }
  PatchLine line;
  while (file.take(line)) {
    if (!out.empty() && out.back() != '\n') return std::nullopt;
    append(out, line);
  }
  return out;
}

}  // namespace srasta::policy
