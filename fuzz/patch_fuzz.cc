// Question: does an accepted patch name only plain paths, hold exactly the lines that it announces,
// and, where it fits, lead back to the same bytes when it is turned around?
#include "input.h"
#include "policy/patch.h"

#include <utility>

using srasta::fuzz::require;
using srasta::policy::FilePatch;
using srasta::policy::Hunk;
using srasta::policy::PatchLine;

namespace {

Hunk turned_around(const Hunk& hunk) {
  Hunk back{.old_first = hunk.new_first,
            .old_lines = hunk.new_lines,
            .new_first = hunk.old_first,
            .new_lines = hunk.old_lines,
            .lines = hunk.lines};
  for (PatchLine& line : back.lines) {
    if (line.kind == PatchLine::Kind::Added) {
      line.kind = PatchLine::Kind::Removed;
    } else if (line.kind == PatchLine::Kind::Removed) {
      line.kind = PatchLine::Kind::Added;
    }
  }
  return back;
}

void check_lines(const Hunk& hunk) {
  size_t old_lines = 0;
  size_t new_lines = 0;
  for (const PatchLine& line : hunk.lines) {
    old_lines += line.kind == PatchLine::Kind::Added ? 0 : 1;
    new_lines += line.kind == PatchLine::Kind::Removed ? 0 : 1;
    require(!line.text.contains('\n'));
  }
  require(old_lines == hunk.old_lines && new_lines == hunk.new_lines);
}

void check_path(const srasta::policy::RepoPath& path) {
  const auto again = srasta::policy::RepoPath::parse(path.text());
  require(again && again->text() == path.text());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input = srasta::fuzz::text_of(data, size);
  // What stands before a line of equals signs is the file that the patch is for.
  constexpr std::string_view kSeparator = "====\n";
  const size_t at = input.find(kSeparator);
  if (at == std::string_view::npos) return 0;
  const std::string_view content = input.substr(0, at);
  const auto files = srasta::policy::parse_patch(input.substr(at + kSeparator.size()),
                                                 {.files = 64, .lines = 4096});
  if (!files) return 0;
  for (const FilePatch& file : *files) {
    check_path(file.old_path);
    check_path(file.new_path);
    std::vector<Hunk> back;
    for (const Hunk& hunk : file.hunks) {
      check_lines(hunk);
      back.push_back(turned_around(hunk));
    }
    const auto applied = srasta::policy::apply_hunks(content, file.hunks);
    if (applied) require(srasta::policy::apply_hunks(*applied, back) == content);
  }
  return 0;
}
