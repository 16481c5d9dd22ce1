// Tools that read the files of a commit.
#include "base/encoding.h"
#include "json/writer.h"
#include "policy/pattern.h"
#include "tools/read_call.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

namespace srasta::tools {

using policy::Reason;

namespace {

constexpr size_t kPage = 1000;
constexpr size_t kLargestFile = size_t{64} << 20;  ///< that is opened at all
constexpr size_t kLargestSearched = size_t{1} << 20;
constexpr size_t kLongestLine = 512;  ///< of a match that is shown

std::string_view kind_name(git::EntryKind kind) {
  switch (kind) {
    case git::EntryKind::File:
      return "file";
    case git::EntryKind::Folder:
      return "folder";
    case git::EntryKind::Symlink:
      return "symlink";
    case git::EntryKind::Submodule:
      return "submodule";
  }
  return "file";
}

bool is_binary(std::string_view content) {
  constexpr size_t kLooked = 8000;  // as git does
  return content.substr(0, kLooked).contains('\0');
}

OrReason<git::Oid> commit_of(const ReadCall& call) {
  return call.view.resolve(call.arguments.text("ref").value_or(""));
}

struct Listing {
  std::vector<git::Entry> entries;
  int64_t omitted = 0;
  bool more = false;
};

OrReason<Listing> list(const ReadCall& call, const git::Oid& commit, const std::string& after) {
  Listing listing;
  const std::string folder(call.arguments.text("path").value_or(""));
  bool skipping = !after.empty();
  const auto visit = [&](const git::Entry& entry) {
    const bool hidden = entry.kind == git::EntryKind::Folder ? call.view.hides_folder(entry.path)
                                                             : call.view.hides(entry.path);
    if (skipping) {
      skipping = entry.path != after;
      return hidden ? git::Walk::SkipFolder : git::Walk::Continue;
    }
    // What lies in a hidden folder is counted with it.
    if (hidden) {
      ++listing.omitted;
      return git::Walk::SkipFolder;
    }
    if (listing.entries.size() == kPage) {
      listing.more = true;
      return git::Walk::Stop;
    }
    listing.entries.push_back(entry);
    return git::Walk::Continue;
  };
  const auto walked =
      git::walk_tree(call.view.git(), commit, folder, call.arguments.flag("recursive"), visit);
  if (!walked) return std::unexpected(reason_of(walked.error()));
  return listing;
}

void write_entry(json::Writer& writer, const ReadCall& call, const git::Entry& entry) {
  writer.begin_object().member("path", entry.path).member("type", kind_name(entry.kind));
  writer.member("mode", fmt::format("{:06o}", entry.mode));
  if (entry.kind == git::EntryKind::File) {
    const auto size = git::blob_size(call.view.git(), entry.oid);
    if (size) writer.member("size", static_cast<int64_t>(*size));
  }
  writer.end_object();
}

/// The part of a text that was asked for, within the limits.
struct Excerpt {
  std::string_view text;
  int64_t first_line = 1;
  bool truncated = false;
};

Excerpt excerpt_of(std::string_view content, const ReadCall& call) {
  const int64_t first = call.arguments.integer("startLine").value_or(1);
  const int64_t most = std::min(call.arguments.integer("maxLines").value_or(call.limits.read.lines),
                                call.limits.read.lines);
  size_t begin = 0;
  for (int64_t line = 1; line < first && begin < content.size(); ++line) {
    const size_t end = content.find('\n', begin);
    begin = end == std::string_view::npos ? content.size() : end + 1;
  }
  size_t end = begin;
  for (int64_t line = 0; line < most && end < content.size(); ++line) {
    const size_t newline = content.find('\n', end);
    end = newline == std::string_view::npos ? content.size() : newline + 1;
  }
  const auto bytes = static_cast<size_t>(call.limits.read.bytes);
  end = std::min(end, begin + bytes);
  return {.text = content.substr(begin, end - begin),
          .first_line = first,
          .truncated = end < content.size()};
}

std::string file_json(const ReadCall& call, const git::Entry& entry, std::string_view content) {
  json::Writer writer;
  writer.begin_object().member("oid", entry.oid);
  writer.member("size", static_cast<int64_t>(content.size()));
  if (is_binary(content)) {
    const auto bytes = static_cast<size_t>(call.limits.read.bytes);
    writer.member("encoding", "base64").member("base64", base::to_base64(content.substr(0, bytes)));
    writer.member("truncated", content.size() > bytes);
  } else {
    const Excerpt excerpt = excerpt_of(content, call);
    writer.member("encoding", "utf-8").member("text", excerpt.text);
    writer.member("startLine", excerpt.first_line).member("truncated", excerpt.truncated);
  }
  return writer.member("trust", "untrusted").end_object().take();
}

// ---- search

class Search {
 public:
  Search(const ReadCall& call, policy::Pattern pattern, std::optional<policy::Glob> glob)
      : call_(call),
        pattern_(std::move(pattern)),
        glob_(std::move(glob)),
        most_(std::min(call.arguments.integer("max").value_or(call.limits.search.results),
                       call.limits.search.results)),
        deadline_(std::chrono::steady_clock::now() + call.limits.search.timeout) {
    matches_.begin_array();
  }

  git::Walk visit(const git::Entry& entry) {
    if (std::chrono::steady_clock::now() >= deadline_) truncated_ = true;
    if (truncated_) return git::Walk::Stop;
    if (call_.view.hides(entry.path)) return git::Walk::SkipFolder;
    const bool wanted = entry.kind == git::EntryKind::File &&
                        (!glob_ || glob_->matches(std::string_view(entry.path)));
    if (!wanted) return git::Walk::Continue;
    const auto content = git::read_blob(call_.view.git(), entry.oid, kLargestSearched);
    if (content && !is_binary(*content)) search(entry, *content);
    if (!content) ++skipped_;
    return truncated_ ? git::Walk::Stop : git::Walk::Continue;
  }

  std::string take() {
    matches_.end_array();
    json::Writer writer;
    writer.begin_object().key("matches").raw(matches_.text());
    writer.member("truncated", truncated_).member("skippedFiles", skipped_);
    return writer.member("trust", "untrusted").end_object().take();
  }

 private:
  void search(const git::Entry& entry, std::string_view content) {
    int64_t line = 1;
    size_t line_begin = 0;
    size_t from = 0;
    while (const auto place = pattern_.find(content, from)) {
      if (count_ == most_) {
        truncated_ = true;
        return;
      }
      for (size_t at = content.find('\n', line_begin); at < place->begin;
           at = content.find('\n', line_begin)) {
        line_begin = at + 1;
        ++line;
      }
      const size_t line_end = std::min(content.find('\n', place->begin), content.size());
      note(entry, line, content.substr(line_begin, line_end - line_begin));
      if (line_end == content.size()) return;
      from = line_end + 1;
    }
  }

  void note(const git::Entry& entry, int64_t line, std::string_view text) {
    ++count_;
    matches_.begin_object().member("path", entry.path).member("line", line);
    matches_.member("text", text.substr(0, kLongestLine)).end_object();
  }

  const ReadCall& call_;
  const policy::Pattern pattern_;
  const std::optional<policy::Glob> glob_;
  const int64_t most_;
  const std::chrono::steady_clock::time_point deadline_;
  json::Writer matches_;
  int64_t count_ = 0;
  int64_t skipped_ = 0;
  bool truncated_ = false;
};

}  // namespace

Result tree_list(const ReadCall& call) {
  const auto commit = commit_of(call);
  if (!commit) return std::unexpected(commit.error());
  const std::string list_id =
      fmt::format("{} {} {} {}", call.scope, *commit, call.arguments.text("path").value_or(""),
                  call.arguments.flag("recursive"));
  std::string after;
  if (const auto cursor = call.arguments.text("cursor")) {
    auto position = call.cursors.read(list_id, *cursor);
    if (!position) return std::unexpected(Reason::HandleUnknown);
    after = *std::move(position);
  }
  const auto listing = list(call, *commit, after);
  if (!listing) return std::unexpected(listing.error());
  json::Writer writer;
  writer.begin_object().member("commit", *commit).key("entries").begin_array();
  for (const git::Entry& entry : listing->entries) write_entry(writer, call, entry);
  writer.end_array().member("omitted", listing->omitted);
  if (listing->more) {
    writer.member("cursor", call.cursors.make(list_id, listing->entries.back().path));
  }
  return writer.end_object().take();
}

Result file_read(const ReadCall& call) {
  const auto commit = commit_of(call);
  if (!commit) return std::unexpected(commit.error());
  const auto entry = call.view.entry(*commit, call.arguments.text("path").value_or(""));
  if (!entry) return std::unexpected(entry.error());
  if (entry->kind == git::EntryKind::Folder || entry->kind == git::EntryKind::Submodule) {
    return std::unexpected(Reason::NotFound);
  }
  const auto content = git::read_blob(call.view.git(), entry->oid, kLargestFile);
  if (!content) return std::unexpected(reason_of(content.error()));
  if (entry->kind == git::EntryKind::File) return file_json(call, *entry, *content);
  // A link is a text here; nobody follows it.
  const auto most = static_cast<size_t>(call.limits.read.bytes);
  json::Writer writer;
  writer.begin_object().member("oid", entry->oid);
  writer.member("linkText", std::string_view(*content).substr(0, most));
  writer.member("truncated", content->size() > most);
  return writer.member("trust", "untrusted").end_object().take();
}

Result code_search(const ReadCall& call) {
  const auto commit = commit_of(call);
  if (!commit) return std::unexpected(commit.error());
  const std::string_view text = call.arguments.text("pattern").value_or("");
  auto pattern =
      call.arguments.flag("regex") ? policy::Pattern::parse(text) : policy::Pattern::literal(text);
  if (!pattern) return std::unexpected(Reason::ArgSchema);
  std::optional<policy::Glob> glob;
  if (const auto narrowed = call.arguments.text("pathGlob")) glob = policy::Glob::parse(*narrowed);
  Search search(call, *std::move(pattern), std::move(glob));
  const auto walked = git::walk_tree(call.view.git(), *commit, "", true,
                                     [&](const git::Entry& entry) { return search.visit(entry); });
  if (!walked) return std::unexpected(reason_of(walked.error()));
  return search.take();
}

}  // namespace srasta::tools
