#include "policy/patch.h"

#include "policy/change.h"
#include "policy/patch_names.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

namespace srasta::policy {
namespace {

constexpr std::string_view kFileHeader = "diff --git ";
constexpr std::string_view kNoFile = "/dev/null";
constexpr size_t kMostLineNumber = 10'000'000;

/// The lines of the text, one after another.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool empty() const { return rest_.empty(); }
  /// Without its line feed.
  [[nodiscard]] std::string_view peek() const { return rest_.substr(0, rest_.find('\n')); }
  [[nodiscard]] bool at(std::string_view prefix) const { return rest_.starts_with(prefix); }
  /// False at the end: the last line, too, must end.
  bool take(std::string_view& line) {
    const size_t end = rest_.find('\n');
    if (end == std::string_view::npos) return false;
    line = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return true;
  }

 private:
  std::string_view rest_;
};

std::optional<size_t> take_number(std::string_view& text) {
  size_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || value > kMostLineNumber) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return value;
}

bool take_text(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// `12,3`, or `12` for one line.
bool read_range(std::string_view& text, size_t& first, size_t& count) {
  const auto begin = take_number(text);
  if (!begin) return false;
  first = *begin;
  count = 1;
  if (!take_text(text, ",")) return true;
  const auto lines = take_number(text);
  count = lines.value_or(0);
  return lines.has_value();
}

/// `@@ -12,3 +12,4 @@ anything`
bool read_hunk_header(std::string_view line, Hunk& hunk) {
  return take_text(line, "@@ -") && read_range(line, hunk.old_first, hunk.old_lines) &&
         take_text(line, " +") && read_range(line, hunk.new_first, hunk.new_lines) &&
         take_text(line, " @@") && (line.empty() || line.starts_with(' '));
}

std::optional<uint32_t> read_mode(std::string_view text) {
  uint32_t mode = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  if (failure != std::errc() || end != text.data() + text.size() || text.size() != 6) {
    return std::nullopt;
  }
  // Git knows no other ones.
  constexpr std::array kModes = {kFileMode, kExecutableMode, kSymlinkMode, kGitlinkMode};
  return std::ranges::find(kModes, mode) == kModes.end() ? std::nullopt : std::optional(mode);
}

bool take_oid(std::string_view& text) {
  constexpr size_t kLongest = 64;
  const size_t end = std::min(text.find_first_not_of("0123456789abcdef"), text.size());
  text.remove_prefix(end);
  return end > 0 && end <= kLongest;
}

/// `1234567..89abcde`, with the file's mode behind it or not. The ids are not believed.
bool read_index(std::string_view text, std::optional<uint32_t>& mode) {
  if (!take_oid(text) || !take_text(text, "..") || !take_oid(text)) return false;
  if (text.empty()) return true;
  const auto said = take_text(text, " ") ? read_mode(text) : std::nullopt;
  const bool agrees = said && (!mode || *mode == *said);
  if (agrees) mode = said;
  return agrees;
}

bool is_percentage(std::string_view text) {
  const auto number = take_number(text);
  return number && *number <= 100 && text == "%";
}

/// Reads one file after another.
class Parser {
 public:
  Parser(std::string_view text, const PatchBounds& bounds) : lines_(text), bounds_(bounds) {}

  std::expected<std::vector<FilePatch>, Reason> parse() {
    std::vector<FilePatch> files;
    while (!lines_.empty()) {
      if (files.size() == bounds_.files) return std::unexpected(Reason::PatchTooManyFiles);
      auto file = read_file();
      if (!file) return std::unexpected(file.error());
      files.push_back(*std::move(file));
    }
    if (files.empty()) return std::unexpected(Reason::PatchParse);
    return files;
  }

 private:
  using Kind = FilePatch::Kind;

  /// What the lines before the hunks say.
  struct Header {
    std::string_view names;
    std::optional<std::string> from, to;     // of a rename or copy
    std::optional<std::string> minus, plus;  // --- and +++
    std::optional<uint32_t> old_mode, new_mode;
    Kind kind = Kind::Modify;
  };

  std::expected<FilePatch, Reason> read_file() {
    Header header;
    std::string_view line;
    if (!lines_.take(line)) return std::unexpected(Reason::PatchParse);
    if (line.ends_with('\r')) return std::unexpected(Reason::PatchNoApply);
    if (!line.starts_with(kFileHeader)) return std::unexpected(Reason::PatchParse);
    header.names = line.substr(kFileHeader.size());
    if (!read_extended(header)) return std::unexpected(Reason::PatchParse);
    const bool binary = lines_.at("GIT binary patch\n") || lines_.at("Binary files ");
    if (!binary && lines_.at("--- ") && !read_names(header)) {
      return std::unexpected(Reason::PatchParse);
    }
    auto file = file_of(header);
    if (!file) return file;
    if (binary) {
      file->binary = true;
      return read_binary(*file) ? file : std::unexpected(Reason::PatchParse);
    }
    if (header.minus) {
      const Reason wrong = read_hunks(*file);
      if (wrong != Reason::None) return std::unexpected(wrong);
    }
    return file;
  }

  /// Until something else than an extended header stands there.
  bool read_extended(Header& header) {
    while (!lines_.empty()) {
      std::string_view line = lines_.peek();
      const auto starts = [&](std::string_view prefix) { return take_text(line, prefix); };
      bool good = true;
      if (starts("old mode ")) {
        good = (header.old_mode = read_mode(line)).has_value();
      } else if (starts("new mode ")) {
        good = (header.new_mode = read_mode(line)).has_value();
      } else if (starts("deleted file mode ")) {
        header.kind = Kind::Delete;
        good = (header.old_mode = read_mode(line)).has_value();
      } else if (starts("new file mode ")) {
        header.kind = Kind::Add;
        good = (header.new_mode = read_mode(line)).has_value();
      } else if (starts("rename from ") || starts("copy from ")) {
        good = (header.from = read_name(line)).has_value();
      } else if (starts("rename to ")) {
        header.kind = Kind::Rename;
        good = (header.to = read_name(line)).has_value();
      } else if (starts("copy to ")) {
        header.kind = Kind::Copy;
        good = (header.to = read_name(line)).has_value();
      } else if (starts("index ")) {
        good = read_index(line, header.old_mode);
      } else if (starts("similarity index ") || starts("dissimilarity index ")) {
        good = is_percentage(line);
      } else {
        return true;
      }
      std::string_view taken;
      if (!good || !lines_.take(taken)) return false;
    }
    return true;
  }

  bool read_names(Header& header) {
    std::string_view line;
    if (!lines_.take(line)) return false;
    header.minus = read_name(without_tab(line.substr(4)));
    if (!lines_.take(line) || !line.starts_with("+++ ")) return false;
    header.plus = read_name(without_tab(line.substr(4)));
    return header.minus && header.plus && lines_.at("@@ ");
  }

  /// Git ends a name with a tab where it has a space in it.
  static std::string_view without_tab(std::string_view name) {
    return name.ends_with('\t') ? name.substr(0, name.size() - 1) : name;
  }

  static std::expected<FilePatch, Reason> file_of(const Header& header) {
    std::optional<RepoPath> old_path;
    std::optional<RepoPath> new_path;
    Reason wrong = Reason::None;
    const auto take = [&](const std::expected<RepoPath, Reason>& path,
                          std::optional<RepoPath>& out) {
      if (path && out && out->text() != path->text()) wrong = Reason::PatchHeaderMismatch;
      if (path && !out) out = *path;
      if (!path && wrong == Reason::None) wrong = path.error();
    };
    // Names are judged as names before they are compared.
    if (header.minus && *header.minus != kNoFile) take(prefixed_path(*header.minus, 'a'), old_path);
    if (header.plus && *header.plus != kNoFile) take(prefixed_path(*header.plus, 'b'), new_path);
    if (header.from) take(RepoPath::parse(*header.from), old_path);
    if (header.to) take(RepoPath::parse(*header.to), new_path);
    if (wrong != Reason::None) return std::unexpected(wrong);
    if (!kind_fits(header)) return std::unexpected(Reason::PatchHeaderMismatch);
    if (!old_path && !new_path) {
      auto named = path_named_twice(header.names);
      if (!named) return std::unexpected(named.error());
      old_path = *std::move(named);
    }
    if (!old_path) old_path = new_path;
    if (!new_path) new_path = old_path;
    if (!names_both(header.names, *old_path, *new_path)) {
      return std::unexpected(Reason::PatchHeaderMismatch);
    }
    const bool moves = header.kind == Kind::Rename || header.kind == Kind::Copy;
    if (moves == (old_path->text() == new_path->text())) {
      return std::unexpected(Reason::PatchHeaderMismatch);
    }
    return FilePatch{.kind = header.kind,
                     .old_path = *std::move(old_path),
                     .new_path = *std::move(new_path),
                     .old_mode = header.old_mode,
                     .new_mode = header.new_mode};
  }

  /// Whether what stands before the hunks tells one story.
  static bool kind_fits(const Header& header) {
    const bool moves = header.kind == Kind::Rename || header.kind == Kind::Copy;
    if (header.from.has_value() != header.to.has_value() || moves != header.to.has_value()) {
      return false;
    }
    if (!header.minus) return true;
    return (header.minus.value_or("") == kNoFile) == (header.kind == Kind::Add) &&
           (header.plus.value_or("") == kNoFile) == (header.kind == Kind::Delete);
  }

  Reason read_hunks(FilePatch& file) {
    size_t behind = 0;  // of the old file, so that hunks come in order
    while (lines_.at("@@ ")) {
      Hunk hunk;
      std::string_view line;
      if (!lines_.take(line) || !read_hunk_header(line, hunk)) return Reason::PatchParse;
      const size_t first = hunk.old_lines == 0 ? hunk.old_first + 1 : hunk.old_first;
      if (first <= behind && behind > 0) return Reason::PatchParse;
      const Reason wrong = read_lines(hunk);
      if (wrong != Reason::None) return wrong;
      behind = first + hunk.old_lines - 1;
      file.hunks.push_back(std::move(hunk));
    }
    return Reason::None;
  }

  Reason read_lines(Hunk& hunk) {
    size_t old_left = hunk.old_lines;
    size_t new_left = hunk.new_lines;
    while (old_left > 0 || new_left > 0) {
      std::string_view line;
      if (!lines_.take(line) || line.empty()) return Reason::PatchParse;
      if (++lines_read_ > bounds_.lines) return Reason::PatchTooLarge;
      const char kind = line.front();
      const bool in_old = kind == ' ' || kind == '-';
      const bool in_new = kind == ' ' || kind == '+';
      if ((!in_old && !in_new) || (in_old && old_left == 0) || (in_new && new_left == 0)) {
        return Reason::PatchParse;
      }
      old_left -= in_old ? 1 : 0;
      new_left -= in_new ? 1 : 0;
      PatchLine made{.kind = kind == ' '   ? PatchLine::Kind::Context
                             : kind == '-' ? PatchLine::Kind::Removed
                                           : PatchLine::Kind::Added,
                     .text = line.substr(1)};
      if (lines_.at("\\ ")) {
        std::string_view note;
        if (!lines_.take(note)) return Reason::PatchParse;
        made.ends = false;
      }
      hunk.lines.push_back(made);
    }
    return Reason::None;
  }

  /// Nothing of it is used: only what it says about its size.
  bool read_binary(FilePatch& file) {
    std::string_view line;
    if (lines_.at("Binary files ")) return lines_.take(line);
    while (!lines_.empty() && !lines_.at(kFileHeader)) {
      if (!lines_.take(line)) return false;
      for (const std::string_view prefix : {"literal ", "delta "}) {
        std::string_view size = line;
        uint64_t value = 0;
        if (!take_text(size, prefix)) continue;
        const auto [end, failure] = std::from_chars(size.data(), size.data() + size.size(), value);
        if (failure == std::errc()) file.binary_size = std::max(file.binary_size, value);
      }
    }
    return true;
  }

  Lines lines_;
  const PatchBounds bounds_;
  size_t lines_read_ = 0;
};

/// Whether two files of the patch write, or take away, the same path, or one lies in what the other
/// is.
bool collide(const std::vector<FilePatch>& files) {
  std::set<std::string, std::less<>> touched;
  for (const FilePatch& file : files) {
    const bool source_goes = file.kind == FilePatch::Kind::Rename;
    if (source_goes && !touched.insert(file.old_path.text()).second) return true;
    if (!touched.insert(file.new_path.text()).second) return true;
  }
  for (const std::string& path : touched) {
    for (size_t slash = path.find('/'); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
      if (touched.contains(path.substr(0, slash))) return true;
    }
  }
  return false;
}

Reason check_kinds(const std::vector<FilePatch>& files) {
  for (const FilePatch& file : files) {
    if (file.new_mode == kSymlinkMode || file.old_mode == kSymlinkMode) {
      return Reason::PatchSymlink;
    }
    if (file.new_mode == kGitlinkMode || file.old_mode == kGitlinkMode) {
      return Reason::PatchGitlink;
    }
  }
  return Reason::None;
}

}  // namespace

std::expected<std::vector<FilePatch>, Reason> parse_patch(std::string_view text,
                                                          const PatchBounds& bounds) {
  auto files = Parser(text, bounds).parse();
  if (!files) return files;
  // A change of type is two files of one path, and says more by what it makes.
  if (const Reason kinds = check_kinds(*files); kinds != Reason::None) {
    return std::unexpected(kinds);
  }
  if (collide(*files)) return std::unexpected(Reason::PatchParse);
  return files;
}

}  // namespace srasta::policy
