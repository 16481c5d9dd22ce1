// Tools that read commits.
#include "git/diff.h"
#include "git/history.h"
#include "json/writer.h"
#include "tools/read_call.h"

#include <algorithm>

#include <fmt/format.h>

namespace srasta::tools {

using policy::Reason;

namespace {

constexpr int64_t kUsualLog = 50;
constexpr int64_t kUsualContext = 3;
constexpr size_t kMostFiles = 500;
constexpr std::string_view kHeads = "refs/heads/";

void write_person(json::Writer& writer, std::string_view key, const git::Person& person) {
  writer.key(key).begin_object().member("name", person.name).member("email", person.email);
  writer.member("time", person.time).end_object();
}

void write_commit(json::Writer& writer, const git::Commit& commit) {
  writer.member("oid", commit.oid).member("parents", commit.parents);
  write_person(writer, "author", commit.author);
  write_person(writer, "committer", commit.committer);
  writer.member("message", commit.message);
}

/// What changed, as far as it may be seen. Writes the members of an object.
class ChangeList {
 public:
  ChangeList(const ReadCall& call, unsigned context) : call_(call), context_(context) {}

  /// Only what lies at or below `path`, if it is not empty.
  OrReason<std::string> write(const std::vector<git::FileChange>& changes, std::string_view path) {
    json::Writer files;
    files.begin_array();
    for (const git::FileChange& change : changes) {
      const bool inside =
          path.empty() || change.path == path || change.path.starts_with(std::string(path) + "/");
      if (!inside) continue;
      if (call_.view.hides(change.path)) {
        ++elided_;
      } else if (++shown_ <= kMostFiles) {
        const Reason wrong = write_file(files, change);
        if (wrong != Reason::None) return std::unexpected(wrong);
      }
    }
    files.end_array();
    json::Writer writer;
    writer.begin_object().key("files").raw(files.text());
    writer.key("stats").begin_object().member("files", static_cast<int64_t>(shown_));
    writer.member("added", added_).member("removed", removed_).end_object();
    writer.member("elided", elided_).member("truncated", truncated_ || shown_ > kMostFiles);
    return writer.end_object().take();
  }

 private:
  Reason write_file(json::Writer& writer, const git::FileChange& change) {
    const auto most = static_cast<size_t>(call_.limits.read.bytes);
    const auto text = git::compare_contents(call_.view.git(), change, context_, most);
    if (!text) return reason_of(text.error());
    const std::string_view status = change.old_mode == 0   ? "added"
                                    : change.new_mode == 0 ? "deleted"
                                                           : "modified";
    writer.begin_object().member("path", change.path).member("status", status);
    if (change.old_mode != 0) writer.member("oldMode", fmt::format("{:06o}", change.old_mode));
    if (change.new_mode != 0) writer.member("newMode", fmt::format("{:06o}", change.new_mode));
    writer.member("binary", text->binary);
    added_ += static_cast<int64_t>(text->added);
    removed_ += static_cast<int64_t>(text->removed);
    written_ += text->patch.size();
    if (written_ > most) {
      truncated_ = true;
    } else if (!text->binary) {
      writer.member("patch", text->patch);
    }
    writer.end_object();
    return Reason::None;
  }

  const ReadCall& call_;
  const unsigned context_;
  size_t shown_ = 0;
  size_t written_ = 0;
  int64_t elided_ = 0;
  int64_t added_ = 0;
  int64_t removed_ = 0;
  bool truncated_ = false;
};

/// The changes between two commits; an empty `base` stands for nothing at all.
OrReason<std::vector<git::FileChange>> changes_between(const RepositoryView& view,
                                                       const git::Oid& base, const git::Oid& head) {
  const auto before =
      base.empty() ? base::Result<git::Oid>(git::Oid()) : git::tree_id(view.git(), base);
  const auto after = git::tree_id(view.git(), head);
  if (!before) return std::unexpected(reason_of(before.error()));
  if (!after) return std::unexpected(reason_of(after.error()));
  auto changes = git::compare_trees(view.git(), *before, *after);
  if (!changes) return std::unexpected(reason_of(changes.error()));
  return *std::move(changes);
}

}  // namespace

Result branch_list(const ReadCall& call) {
  const auto branches = call.view.branches();
  if (!branches) return std::unexpected(branches.error());
  json::Writer writer;
  writer.begin_object().key("branches").begin_array();
  for (const git::Ref& branch : *branches) {
    writer.begin_object().member("name", std::string_view(branch.name).substr(kHeads.size()));
    writer.member("oid", branch.oid).end_object();
  }
  writer.end_array().member("default", call.view.default_branch());
  return writer.end_object().take();
}

Result commit_log(const ReadCall& call) {
  const auto commit = call.view.resolve(call.arguments.text("ref").value_or(""));
  if (!commit) return std::unexpected(commit.error());
  git::LogQuery query{
      .path = std::string(call.arguments.text("path").value_or("")),
      .most = static_cast<size_t>(call.arguments.integer("max").value_or(kUsualLog))};
  if (const auto since = call.arguments.text("since")) query.since = policy::parse_rfc3339(*since);
  if (const auto until = call.arguments.text("until")) query.until = policy::parse_rfc3339(*until);
  const auto log = git::read_log(call.view.git(), *commit, query);
  if (!log) return std::unexpected(reason_of(log.error()));
  const bool nothing = log->commits.empty() && !query.path.empty();
  if (nothing && !call.view.entry(*commit, query.path)) return std::unexpected(Reason::NotFound);
  json::Writer writer;
  writer.begin_object().key("commits").begin_array();
  for (const git::Commit& each : log->commits) {
    writer.begin_object();
    write_commit(writer, each);
    writer.end_object();
  }
  writer.end_array().member("truncated", log->truncated).member("trust", "untrusted");
  return writer.end_object().take();
}

Result commit_get(const ReadCall& call) {
  const auto oid = call.view.resolve(call.arguments.text("oid").value_or(""));
  if (!oid) return std::unexpected(oid.error());
  const auto commit = git::read_commit(call.view.git(), *oid);
  if (!commit) return std::unexpected(reason_of(commit.error()));
  json::Writer writer;
  writer.begin_object();
  write_commit(writer, *commit);
  if (call.arguments.flag("withPatch")) {
    const git::Oid base = commit->parents.empty() ? git::Oid() : commit->parents.front();
    const auto changes = changes_between(call.view, base, *oid);
    if (!changes) return std::unexpected(changes.error());
    const auto list = ChangeList(call, kUsualContext).write(*changes, "");
    if (!list) return std::unexpected(list.error());
    writer.key("changes").raw(*list);
  }
  return writer.member("trust", "untrusted").end_object().take();
}

Result blame(const ReadCall& call) {
  const auto commit = call.view.resolve(call.arguments.text("ref").value_or(""));
  if (!commit) return std::unexpected(commit.error());
  const auto hunks = git::blame(call.view.git(), *commit, call.arguments.text("path").value_or(""));
  if (!hunks) return std::unexpected(reason_of(hunks.error()));
  json::Writer writer;
  writer.begin_object().key("hunks").begin_array();
  for (const git::BlameHunk& hunk : *hunks) {
    writer.begin_object().member("firstLine", static_cast<int64_t>(hunk.first_line));
    writer.member("lines", static_cast<int64_t>(hunk.lines)).member("commit", hunk.commit);
    write_person(writer, "author", hunk.author);
    writer.end_object();
  }
  return writer.end_array().end_object().take();
}

Result diff(const ReadCall& call) {
  const auto base = call.view.resolve(call.arguments.text("base").value_or(""));
  if (!base) return std::unexpected(base.error());
  const auto head = call.view.resolve(call.arguments.text("head").value_or(""));
  if (!head) return std::unexpected(head.error());
  const std::string path(call.arguments.text("path").value_or(""));
  if (!path.empty() && !call.view.entry(*base, path) && !call.view.entry(*head, path)) {
    return std::unexpected(Reason::NotFound);
  }
  const auto changes = changes_between(call.view, *base, *head);
  if (!changes) return std::unexpected(changes.error());
  const auto context =
      static_cast<unsigned>(call.arguments.integer("context").value_or(kUsualContext));
  const auto list = ChangeList(call, context).write(*changes, path);
  if (!list) return std::unexpected(list.error());
  json::Writer writer;
  writer.begin_object().member("base", *base).member("head", *head).key("changes").raw(*list);
  return writer.member("trust", "untrusted").end_object().take();
}

}  // namespace srasta::tools
