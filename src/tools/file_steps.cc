#include "tools/file_steps.h"

#include "base/base64.h"
#include "policy/change.h"

#include <algorithm>
#include <set>

namespace srasta::tools {

using policy::Reason;
using policy::RepoPath;

namespace {

constexpr size_t kLargestOldFile = size_t{64} << 20;
constexpr size_t kMostLines = 200'000;

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::vector<std::string> added_lines(const policy::FilePatch& patch) {
  std::vector<std::string> lines;
  for (const policy::Hunk& hunk : patch.hunks) {
    for (const policy::PatchLine& line : hunk.lines) {
      if (line.kind == policy::PatchLine::Kind::Added) lines.emplace_back(line.text);
    }
  }
  return lines;
}

// ---- patches

/// How much the files of a change may be, counted before they are kept.
class SizeBound {
 public:
  explicit SizeBound(const policy::PatchLimits& limits) : limits_(limits) {}
  bool count(size_t bytes) {
    total_ += static_cast<int64_t>(bytes);
    return static_cast<int64_t>(bytes) <= limits_.blob_bytes && total_ <= limits_.inflated_bytes;
  }

 private:
  const policy::PatchLimits& limits_;
  int64_t total_ = 0;
};

class PatchReader {
 public:
  PatchReader(const RepositoryView& view, const git::Oid& base, const policy::PatchLimits& limits)
      : view_(view), base_(base), limits_(limits), size_(limits) {}

  OrReason<FileSteps> read(const std::vector<policy::FilePatch>& files) {
    for (const policy::FilePatch& file : files) {
      // What is hidden must not be found out by what fits it.
      if (view_.hides_folder(file.old_path.text()) || view_.hides_folder(file.new_path.text())) {
        return std::unexpected(Reason::PathDenied);
      }
      const Reason wrong = read_file(file);
      if (wrong != Reason::None) return std::unexpected(wrong);
    }
    return std::move(steps_);
  }

 private:
  using Kind = policy::FilePatch::Kind;

  Reason read_file(const policy::FilePatch& file) {
    if (file.binary) {
      const bool huge = file.binary_size > static_cast<uint64_t>(limits_.blob_bytes);
      return huge ? Reason::PatchInflatedTooLarge : Reason::PatchBinary;
    }
    const auto old_file = find_file(view_, base_, file.old_path);
    if (!old_file) return old_file.error();
    const bool is_new = file.kind == Kind::Add;
    if (is_new == old_file->has_value()) return Reason::PatchNoApply;
    const OldFile before = old_file->value_or(OldFile{});
    if (!is_new && file.old_mode && *file.old_mode != before.mode) return Reason::PatchNoApply;
    auto content = policy::apply_hunks(before.content, file.hunks);
    if (!content) return Reason::PatchNoApply;
    if (file.kind == Kind::Delete) {
      if (!content->empty()) return Reason::PatchNoApply;
      steps_.list.push_back({.path = file.old_path});
      return Reason::None;
    }
    if (!size_.count(content->size())) return Reason::PatchInflatedTooLarge;
    if (file.kind == Kind::Rename || file.kind == Kind::Copy) {
      const auto target = find_file(view_, base_, file.new_path);
      if (!target) return target.error();
      if (*target) return Reason::PatchNoApply;
      steps_.sources.push_back(file.old_path);
    }
    if (file.kind == Kind::Rename) steps_.list.push_back({.path = file.old_path});
    const uint32_t mode = file.new_mode.value_or(before.mode);
    if (mode == 0) return Reason::PatchParse;  // a new file says its mode
    steps_.list.push_back({.path = file.new_path,
                           .content = *std::move(content),
                           .mode = mode,
                           .added = added_lines(file)});
    return Reason::None;
  }

  const RepositoryView& view_;
  const git::Oid& base_;
  const policy::PatchLimits& limits_;
  SizeBound size_;
  FileSteps steps_;
};

// ---- edits

/// One object of `edits`.
class Edit {
 public:
  explicit Edit(json::Value object) : object_(object) {}

  [[nodiscard]] std::optional<std::string_view> text(std::string_view name) const {
    const auto value = object_.find(name);
    return value ? value->string() : std::nullopt;
  }
  [[nodiscard]] bool flag(std::string_view name) const {
    const auto value = object_.find(name);
    return value && value->boolean().value_or(false);
  }

  /// Members that are not of `known`, or of another type.
  [[nodiscard]] Reason check(std::initializer_list<std::string_view> known) const {
    Reason wrong = object_.is_object() ? Reason::None : Reason::ArgSchema;
    object_.for_each_member([&](std::string_view name, const json::Value& value) {
      if (std::ranges::find(known, name) == known.end()) {
        wrong = Reason::ArgUnknownField;
      } else if (name == "ifAbsent" ? !value.boolean() : !value.string()) {
        wrong = Reason::ArgSchema;
      }
    });
    return wrong;
  }

 private:
  json::Value object_;
};

class EditReader {
 public:
  EditReader(const RepositoryView& view, const git::Oid& base, const policy::PatchLimits& limits)
      : view_(view), base_(base), limits_(limits), size_(limits) {}

  OrReason<FileSteps> read(json::Value edits) {
    if (static_cast<int64_t>(edits.size()) > limits_.files) {
      return std::unexpected(Reason::PatchTooManyFiles);
    }
    for (size_t i = 0; i < edits.size(); ++i) {
      const Reason wrong = read_one(Edit(edits.at(i)));
      if (wrong != Reason::None) return std::unexpected(wrong);
    }
    return std::move(steps_);
  }

 private:
  Reason read_one(const Edit& edit) {
    const std::string_view op = edit.text("op").value_or("");
    Reason wrong = Reason::ArgSchema;
    if (op == "put") {
      wrong = edit.check({"op", "path", "content", "contentBase64", "ifBlob", "ifAbsent"});
    } else if (op == "replace") {
      wrong = edit.check({"op", "path", "old", "new", "ifBlob"});
    } else if (op == "delete") {
      wrong = edit.check({"op", "path", "ifBlob"});
    } else if (op == "move") {
      wrong = edit.check({"op", "path", "to", "ifBlob"});
    }
    if (wrong != Reason::None) return wrong;
    const auto path = take_path(edit.text("path").value_or(""));
    if (!path) return path.error();
    const auto old_file = find_file(view_, base_, *path);
    if (!old_file) return old_file.error();
    const std::optional<OldFile>& before = *old_file;
    if (const auto blob = edit.text("ifBlob"); blob && (!before || before->oid != *blob)) {
      return Reason::RefStale;
    }
    if (op == "put") return put(edit, *path, before);
    if (!before) return Reason::NotFound;
    if (op == "replace") return replace(edit, *path, *before);
    if (op == "move") return move(edit, *path, *before);
    steps_.list.push_back({.path = *path});
    return Reason::None;
  }

  /// Each path once.
  OrReason<RepoPath> take_path(std::string_view text) {
    auto path = RepoPath::parse(text);
    if (!path) return path;
    if (view_.hides_folder(path->text())) return std::unexpected(Reason::PathDenied);
    if (!touched_.insert(path->text()).second) return std::unexpected(Reason::PatchParse);
    return path;
  }

  Reason put(const Edit& edit, const RepoPath& path, const std::optional<OldFile>& before) {
    const auto plain = edit.text("content");
    const auto encoded = edit.text("contentBase64");
    if (plain.has_value() == encoded.has_value()) return Reason::ArgSchema;
    if (edit.flag("ifAbsent") && before) return Reason::PatchNoApply;
    auto content = plain ? std::optional<std::string>(*plain) : base::from_base64(*encoded);
    if (!content) return Reason::ArgSchema;
    if (!count(content->size())) return Reason::PatchTooLarge;
    if (!size_.count(content->size())) return Reason::PatchInflatedTooLarge;
    std::vector<std::string> added = lines_of(*content);
    steps_.list.push_back({.path = path,
                           .content = *std::move(content),
                           .mode = before ? before->mode : policy::kFileMode,
                           .added = std::move(added)});
    return Reason::None;
  }

  Reason replace(const Edit& edit, const RepoPath& path, const OldFile& before) {
    const auto from = edit.text("old");
    const auto to = edit.text("new");
    if (!from || !to || from->empty()) return Reason::ArgSchema;
    if (!count(to->size())) return Reason::PatchTooLarge;
    const size_t at = before.content.find(*from);
    if (at == std::string::npos || before.content.find(*from, at + 1) != std::string::npos) {
      return Reason::PatchNoApply;
    }
    std::string content = before.content;
    content.replace(at, from->size(), *to);
    if (!size_.count(content.size())) return Reason::PatchInflatedTooLarge;
    // With what stands around it on its lines.
    const size_t begin = content.rfind('\n', at) + 1;
    const size_t end = std::min(content.find('\n', at + to->size()), content.size());
    std::vector<std::string> added = lines_of(std::string_view(content).substr(begin, end - begin));
    steps_.list.push_back({.path = path,
                           .content = std::move(content),
                           .mode = before.mode,
                           .added = std::move(added)});
    return Reason::None;
  }

  Reason move(const Edit& edit, const RepoPath& path, const OldFile& before) {
    const auto target = take_path(edit.text("to").value_or(""));
    if (!target) return target.error();
    const auto there = find_file(view_, base_, *target);
    if (!there) return there.error();
    if (*there) return Reason::PatchNoApply;
    if (!size_.count(before.content.size())) return Reason::PatchInflatedTooLarge;
    steps_.sources.push_back(path);
    steps_.list.push_back({.path = path});
    steps_.list.push_back({.path = *target, .content = before.content, .mode = before.mode});
    return Reason::None;
  }

  /// What a patch would be measured by: bytes after decoding.
  bool count(size_t bytes) {
    bytes_ += static_cast<int64_t>(bytes);
    return bytes_ <= limits_.bytes;
  }

  const RepositoryView& view_;
  const git::Oid& base_;
  const policy::PatchLimits& limits_;
  SizeBound size_;
  FileSteps steps_;
  std::set<std::string, std::less<>> touched_;
  int64_t bytes_ = 0;
};

}  // namespace

OrReason<std::optional<OldFile>> find_file(const RepositoryView& view, const git::Oid& base,
                                           const RepoPath& path) {
  std::string folder;
  for (const std::string_view segment : path.segments()) {
    const std::string at =
        folder.empty() ? std::string(segment) : folder + "/" + std::string(segment);
    const auto found = git::find_entry(view.git(), base, at);
    if (!found) return std::unexpected(reason_of(found.error()));
    const std::optional<git::Entry>& there = *found;
    if (!there) return std::optional<OldFile>();
    const git::Entry& entry = *there;
    const bool last = at == path.text();
    if (entry.kind == git::EntryKind::Symlink) return std::unexpected(Reason::PathSymlink);
    if (entry.kind == git::EntryKind::Submodule) return std::unexpected(Reason::PatchGitlink);
    if (last != (entry.kind == git::EntryKind::File)) return std::unexpected(Reason::PatchParse);
    if (last) {
      auto content = git::read_blob(view.git(), entry.oid, kLargestOldFile);
      if (!content) return std::unexpected(reason_of(content.error()));
      return OldFile{.content = *std::move(content), .mode = entry.mode, .oid = entry.oid};
    }
    folder = at;
  }
  return std::optional<OldFile>();
}

OrReason<FileSteps> steps_of_patch(const RepositoryView& view, const git::Oid& base,
                                   std::string_view patch, const policy::PatchLimits& limits) {
  const auto files =
      policy::parse_patch(patch, {.files = static_cast<size_t>(limits.files), .lines = kMostLines});
  if (!files) return std::unexpected(files.error());
  return PatchReader(view, base, limits).read(*files);
}

OrReason<FileSteps> steps_of_edits(const RepositoryView& view, const git::Oid& base,
                                   json::Value edits, const policy::PatchLimits& limits) {
  return EditReader(view, base, limits).read(edits);
}

}  // namespace srasta::tools
