#include "tools/plan.h"

#include "git/diff.h"
#include "json/writer.h"
#include "policy/content.h"
#include "tools/file_steps.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace srasta::tools {

using policy::Change;
using policy::Reason;
using policy::RepoPath;

namespace {

constexpr size_t kLargestCompared = size_t{64} << 20;

/// Names of one folder by their folded form, each with how it is spelled.
using Names = std::map<std::string, std::string>;

/// Whether somebody else's checkout would take two paths of the new tree for one.
class CaseCheck {
 public:
  CaseCheck(const RepositoryView& view, const git::Oid& base, const FileSteps& steps)
      : view_(view), base_(base) {
    for (const FileStep& step : steps.list) {
      if (!step.content) gone_.push_back(step.path.text());
    }
  }

  /// The path that it would be taken for; empty: none.
  OrReason<std::string> collides(const RepoPath& added) {
    std::string path;
    for (size_t i = 0; i < added.segments().size(); ++i) {
      auto names = names_in(path);
      if (!names) return std::unexpected(names.error());
      const std::string folder = path.empty() ? "" : path + "/";
      path = folder + std::string(added.segments()[i]);
      const auto [known, fresh] = (*names)->emplace(std::string(added.folded_segments()[i]),
                                                    std::string(added.segments()[i]));
      if (!fresh && known->second != added.segments()[i]) return folder + known->second;
    }
    return std::string();
  }

 private:
  OrReason<Names*> names_in(const std::string& folder) {
    const auto known = folders_.find(folder);
    if (known != folders_.end()) return &known->second;
    Names names;
    const auto walked =
        git::walk_tree(view_.git(), base_, folder, false, [&](const git::Entry& entry) {
          const auto path = RepoPath::parse(entry.path);
          if (path && std::ranges::find(gone_, entry.path) == gone_.end()) {
            names.emplace(std::string(path->folded_segments().back()),
                          std::string(path->segments().back()));
          }
          return git::Walk::Continue;
        });
    if (!walked && walked.error().code != base::Code::NotFound) {
      return std::unexpected(reason_of(walked.error()));
    }
    return &folders_.emplace(folder, std::move(names)).first->second;
  }

  const RepositoryView& view_;
  const git::Oid& base_;
  std::vector<std::string> gone_;
  std::map<std::string, Names> folders_;
};

Reason check_contents(const FileSteps& steps, const policy::PatchLimits& limits) {
  for (const FileStep& step : steps.list) {
    if (!step.content) continue;
    if (!limits.binary && step.content->contains('\0')) return Reason::PatchBinary;
    const std::vector<std::string_view> lines(step.added.begin(), step.added.end());
    const Reason wrong = policy::check_added_text(lines, limits.bidi);
    if (wrong != Reason::None) return wrong;
  }
  return Reason::None;
}

Reason check_case(const RepositoryView& view, const git::Oid& base, const FileSteps& steps) {
  CaseCheck check(view, base, steps);
  for (const FileStep& step : steps.list) {
    if (!step.content) continue;
    const auto collides = check.collides(step.path);
    if (!collides) return collides.error();
    if (collides->empty()) continue;
    return view.hides_folder(*collides) ? Reason::PathDenied : Reason::PathCaseCollision;
  }
  return Reason::None;
}

/// What the trees say, whatever the patch said.
OrReason<policy::Changes> changes_of(const RepositoryView& view, const git::Oid& old_tree,
                                     const git::Oid& new_tree) {
  const auto compared = git::compare_trees(view.git(), old_tree, new_tree);
  if (!compared) return std::unexpected(reason_of(compared.error()));
  policy::Changes changes;
  for (const git::FileChange& each : *compared) {
    auto path = RepoPath::parse(each.path);
    if (!path) return std::unexpected(path.error());
    const auto text = git::compare_contents(view.git(), each, 0, kLargestCompared);
    if (!text) return std::unexpected(reason_of(text.error()));
    changes.changed_lines += static_cast<int64_t>(text->added + text->removed);
    int64_t size = 0;
    if (!each.new_oid.empty()) {
      const auto bytes = git::blob_size(view.git(), each.new_oid);
      size = bytes ? static_cast<int64_t>(*bytes) : 0;
    }
    changes.list.push_back({.kind = each.old_mode == 0   ? Change::Kind::Add
                                    : each.new_mode == 0 ? Change::Kind::Delete
                                                         : Change::Kind::Modify,
                            .path = *std::move(path),
                            .old_mode = each.old_mode,
                            .new_mode = each.new_mode,
                            .size = size});
  }
  return changes;
}

crypto::Digest digest_of(const Plan& plan) {
  std::string text = plan.base + "\n" + plan.tree + "\n";
  for (const Change& change : plan.changes.list) {
    text += fmt::format("{:o} {:o} {} {}\n", change.old_mode, change.new_mode, change.size,
                        change.path.text());
  }
  return crypto::sha256(text);
}

OrReason<Plan> plan_of(const RepositoryView& view, const git::Oid& base, OrReason<FileSteps> steps,
                       const policy::Limits& limits) {
  if (!steps) return std::unexpected(steps.error());
  Reason wrong = check_contents(*steps, limits.patch);
  if (wrong == Reason::None) wrong = check_case(view, base, *steps);
  if (wrong != Reason::None) return std::unexpected(wrong);
  Plan plan{.base = base};
  for (FileStep& step : steps->list) {
    plan.edits.push_back(
        {.path = step.path.text(), .content = std::move(step.content), .mode = step.mode});
  }
  const auto old_tree = git::tree_id(view.git(), base);
  if (!old_tree) return std::unexpected(reason_of(old_tree.error()));
  auto tree = git::write_tree(view.git(), *old_tree, plan.edits);
  if (!tree) {
    const bool conflict = tree.error().code == base::Code::Conflict;
    return std::unexpected(conflict ? Reason::PatchParse : reason_of(tree.error()));
  }
  plan.tree = *std::move(tree);
  auto changes = changes_of(view, *old_tree, plan.tree);
  if (!changes) return std::unexpected(changes.error());
  plan.changes = *std::move(changes);
  if (plan.changes.list.empty()) return std::unexpected(Reason::PatchNoApply);
  plan.changes.sources = std::move(steps->sources);
  plan.digest = digest_of(plan);
  return plan;
}

}  // namespace

OrReason<Plan> plan_patch(const RepositoryView& view, const git::Oid& base, std::string_view patch,
                          const policy::Limits& limits) {
  return plan_of(view, base, steps_of_patch(view, base, patch, limits.patch), limits);
}

OrReason<Plan> plan_edits(const RepositoryView& view, const git::Oid& base, json::Value edits,
                          const policy::Limits& limits) {
  return plan_of(view, base, steps_of_edits(view, base, edits, limits.patch), limits);
}

OrReason<Plan> plan_between(const RepositoryView& view, const git::Oid& base,
                            const git::Oid& commit) {
  const auto old_tree = git::tree_id(view.git(), base);
  if (!old_tree) return std::unexpected(reason_of(old_tree.error()));
  const auto tree = git::tree_id(view.git(), commit);
  if (!tree) return std::unexpected(reason_of(tree.error()));
  auto changes = changes_of(view, *old_tree, *tree);
  if (!changes) return std::unexpected(changes.error());
  Plan plan{.base = base, .tree = *tree, .edits = {}, .changes = *std::move(changes)};
  plan.digest = digest_of(plan);
  return plan;
}

std::string effects_json(const policy::Changes& changes) {
  json::Writer writer;
  writer.begin_array();
  for (const Change& change : changes.list) {
    const std::string_view op = change.kind == Change::Kind::Add      ? "add"
                                : change.kind == Change::Kind::Delete ? "delete"
                                                                      : "modify";
    writer.begin_object().member("op", op).member("path", change.path.text());
    if (change.old_mode != 0) writer.member("oldMode", fmt::format("{:06o}", change.old_mode));
    if (change.new_mode != 0) writer.member("newMode", fmt::format("{:06o}", change.new_mode));
    writer.member("size", change.size).end_object();
  }
  return writer.end_array().take();
}

}  // namespace srasta::tools
