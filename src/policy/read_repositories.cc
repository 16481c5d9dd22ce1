#include "policy/draft.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

namespace srasta::policy {
namespace {

constexpr int64_t kLongestTtl = 24 * 3600;

void read_refs(Draft& draft, const Field& field, Repository& repository) {
  Members members(draft.reader, field);
  const auto read = [&](std::string_view name, GlobList& refs) {
    const auto found = members.take(name);
    if (!found) return;
    refs = read_globs(draft, *found);
    for (const Glob& glob : refs.globs()) {
      if (glob.text().starts_with("refs/")) continue;
      draft.reader.complain(*found, fmt::format("{} is not a full name", glob.text()),
                            "\"refs/heads/...\", \"refs/tags/...\"");
    }
  };
  read("read", repository.read_refs);
  read("write", repository.write_refs);
  read("protect", repository.protected_refs);
  members.finish();
  for (const Glob& write : repository.write_refs.globs()) {
    for (const Glob& guarded : repository.protected_refs.globs()) {
      if (!write.may_overlap(guarded)) continue;
      draft.reader.complain(
          field, fmt::format("write {} and protect {} overlap", write.text(), guarded.text()));
    }
  }
}

void read_paths(Draft& draft, const Field& field, Repository& repository) {
  Members members(draft.reader, field);
  if (const auto found = members.take("denyRead")) repository.deny_read = read_globs(draft, *found);
  if (const auto found = members.take("denyWrite")) {
    repository.deny_write = read_globs(draft, *found);
  }
  if (const auto found = members.take("allowWrite")) {
    repository.allow_write = read_globs(draft, *found);
  }
  members.finish();
}

ApprovalRule read_approval(Draft& draft, const Field& field) {
  ValueReader& reader = draft.reader;
  ApprovalRule rule;
  Members members(reader, field);
  if (const auto id = members.need("id")) rule.id = reader.id(*id).value_or("");
  if (const auto when = members.need("when")) {
    Members conditions(reader, *when);
    if (const auto paths = conditions.take("pathsAny")) rule.paths_any = read_globs(draft, *paths);
    if (const auto deletes = conditions.take("deletesOver")) {
      rule.deletes_over = reader.integer(*deletes, 0, 1'000'000);
    }
    conditions.finish();
    if (rule.paths_any.empty() && !rule.deletes_over) {
      reader.complain(*when, "never holds", "pathsAny, deletesOver");
    }
  }
  if (const auto approvers = members.need("approvers")) {
    rule.approvers = read_approvers(draft, *approvers);
  }
  if (const auto ttl = members.take("ttl")) {
    rule.ttl = base::Seconds(reader.seconds(*ttl, 1, kLongestTtl).value_or(1));
  }
  members.finish();
  return rule;
}

void read_git_dir(Draft& draft, const Field& field, Repository& repository) {
  repository.git_dir = draft.reader.text(field).value_or("");
  const std::filesystem::path path(repository.git_dir);
  if (!path.is_absolute() || path.lexically_normal() != path || path.filename().empty()) {
    draft.reader.complain(field, "is not one absolute path");
  }
}

Repository read_repository(Draft& draft, const Field& field) {
  ValueReader& reader = draft.reader;
  Repository repository;
  repository.limits = draft.policy.limits;
  Members members(reader, field);
  if (const auto id = members.need("id")) repository.id = reader.id(*id).value_or("");
  if (const auto folder = members.need("gitDir")) read_git_dir(draft, *folder, repository);
  if (const auto label = members.need("label")) {
    const auto found = reader.choice(*label, {"public", "internal", "confidential", "restricted"});
    repository.label = static_cast<Label>(found.value_or(3));
  }
  if (const auto refs = members.need("refs")) read_refs(draft, *refs, repository);
  if (const auto paths = members.take("paths")) read_paths(draft, *paths, repository);
  if (const auto approvals = members.take("approvals")) {
    for (const Field& each : reader.items(*approvals)) {
      repository.approvals.push_back(read_approval(draft, each));
    }
  }
  if (const auto commands = members.take("commands")) {
    for (const Field& each : reader.items(*commands)) {
      auto id = reader.text(each);
      if (!id) continue;
      if (draft.policy.command(*id) == nullptr) {
        reader.complain(each, fmt::format("there is no command {}", *id));
      }
      repository.commands.push_back(*std::move(id));
    }
  }
  if (const auto limits = members.take("limits")) read_limits(draft, *limits, repository.limits);
  members.finish();
  return repository;
}

}  // namespace

void read_repositories(Draft& draft, const Field& field) {
  std::vector<Repository>& all = draft.policy.repositories;
  for (const Field& each : draft.reader.items(field)) {
    Repository repository = read_repository(draft, each);
    const auto taken = std::ranges::find_if(all, [&](const Repository& other) {
      return other.id == repository.id || other.git_dir == repository.git_dir;
    });
    if (taken != all.end()) draft.reader.complain(each, "has the id or gitDir of another one");
    all.push_back(std::move(repository));
  }
  std::ranges::sort(all, {}, &Repository::id);
}

}  // namespace srasta::policy
