#include "policy/gates.h"

#include "policy/ref_name.h"

#include <algorithm>

namespace srasta::policy {
namespace {

bool any_of_these(const std::vector<std::string>& held, const std::vector<std::string>& wanted) {
  return std::ranges::any_of(
      held, [&](const std::string& one) { return std::ranges::find(wanted, one) != wanted.end(); });
}

bool has_value(const Arguments& arguments, const std::string& name, const ArgumentValue& wanted) {
  const auto value = arguments.value(name);
  if (!value) return false;
  if (const bool* const flag = std::get_if<bool>(&wanted)) return value->boolean() == *flag;
  if (const auto* const number = std::get_if<int64_t>(&wanted)) return value->integer() == *number;
  return value->string() == std::get<std::string>(wanted);
}

std::string branch_ref(std::string_view name) {
  return "refs/heads/" + std::string(name);
}

/// A name that may stand for a branch or a tag is judged when it is known which one it is.
Reason check_read_ref(const Repository& repository, std::string_view text) {
  const auto revision = parse_revision(text);
  if (!revision) return revision.error();
  if (revision->kind == Revision::Kind::Full) {
    return repository.read_refs.matches(revision->name) ? Reason::None : Reason::RefNotAllowed;
  }
  return Reason::None;
}

Reason check_ref_argument(const Repository& repository, Means means, std::string_view text) {
  switch (means) {
    case Means::Revision:
      return check_read_ref(repository, text);
    case Means::Oid:
      return is_oid(text) ? Reason::None : Reason::RefInvalid;
    case Means::Branch:
      if (!is_short_ref(text)) return Reason::RefInvalid;
      return check_written_ref(repository, branch_ref(text));
    case Means::NewTag:
      return is_short_ref(text) ? Reason::None : Reason::RefInvalid;
    default:
      return Reason::None;
  }
}

Reason check_path(const Repository& repository, std::string_view text) {
  const auto path = RepoPath::parse(text);
  if (!path) return path.error();
  if (repository.deny_read.denies(*path)) return Reason::PathDenied;
  // A folder that is hidden as a whole is not there either.
  return repository.deny_read.denies_below(*path) ? Reason::PathDenied : Reason::None;
}

/// A pattern only narrows what is shown; it still has to be one that names something.
Reason check_path_glob(std::string_view text) {
  for (const std::string_view segment : split_path(text)) {
    if (segment == "..") return Reason::PathTraversal;
  }
  if (text.starts_with('/')) return Reason::PathAbsolute;
  return Glob::parse(text) ? Reason::None : Reason::PathInvalid;
}

Reason check_mode(const Change& change, const PatchLimits& limits) {
  if (change.kind == Change::Kind::Delete) return Reason::None;
  switch (change.new_mode) {
    case kFileMode:
      return Reason::None;
    case kExecutableMode:
      return change.old_mode == kExecutableMode || limits.new_executable ? Reason::None
                                                                         : Reason::PatchExecBit;
    case kSymlinkMode:
      return Reason::PatchSymlink;
    case kGitlinkMode:
      return Reason::PatchGitlink;
    default:
      return Reason::PatchMode;
  }
}

/// A repository has no say in the policy that it is under, whatever that policy lets it write.
bool is_policy_file(const RepoPath& path) {
  const std::string_view name = path.folded_segments().back();
  return name == ".toolgate.yaml" || name == ".toolgate.yml";
}

Reason check_change(const Repository& repository, const PatchLimits& limits, const Change& change) {
  if (is_policy_file(change.path) || repository.deny_write.denies(change.path) ||
      repository.deny_read.denies(change.path) || repository.deny_read.denies_below(change.path)) {
    return Reason::PathDenied;
  }
  if (const Reason mode = check_mode(change, limits); mode != Reason::None) return mode;
  if (!repository.allow_write.matches(change.path)) return Reason::DefaultDeny;
  return change.size > limits.blob_bytes ? Reason::PatchInflatedTooLarge : Reason::None;
}

}  // namespace

Reason check_persona(const Policy& policy, const Principal& principal, const Persona*& persona) {
  if (principal.personas.size() != 1) return Reason::PersonaMissing;
  const Persona* const found = policy.persona(principal.personas.front());
  if (found == nullptr) return Reason::PersonaNotGranted;
  if (!found->requires_roles.empty() && !any_of_these(principal.roles, found->requires_roles)) {
    return Reason::PersonaNotGranted;
  }
  persona = found;
  return Reason::None;
}

Reason check_tool(const Policy& policy, const Principal& principal, const Persona& persona,
                  Tool tool) {
  const bool granted = std::ranges::any_of(principal.roles, [&](const std::string& name) {
    const RoleRule* const role = policy.role(name);
    return role != nullptr && role->tools.contains(tool);
  });
  if (!granted) return Reason::RoleTool;
  if (!persona.tools.contains(tool)) return Reason::PersonaTool;
  return principal.permissions.contains(permission_of(facts_of(tool).kind))
             ? Reason::None
             : Reason::ScopeInsufficient;
}

bool applies(const Rule& rule, const RuleSubject& about) {
  if (!rule.tools.contains(about.tool)) return false;
  if (!rule.roles.empty() && !any_of_these(about.principal.roles, rule.roles)) return false;
  if (!rule.personas.empty() &&
      std::ranges::find(rule.personas, about.persona) == rule.personas.end()) {
    return false;
  }
  if (about.repository != nullptr && !rule.repositories.empty() &&
      std::ranges::find(rule.repositories, about.repository->id) == rule.repositories.end()) {
    return false;
  }
  // What holds against some repositories says nothing about a call that is about none.
  const bool only_some = about.repository == nullptr && !rule.repositories.empty();
  if (only_some && rule.effect != Effect::Allow) return false;
  if (rule.outside_hours && rule.outside_hours->contains(about.now)) return false;
  return about.arguments == nullptr || std::ranges::all_of(rule.arguments, [&](const auto& wanted) {
           return has_value(*about.arguments, wanted.first, wanted.second);
         });
}

Reason check_written_ref(const Repository& repository, std::string_view full) {
  if (repository.protected_refs.denies(full)) return Reason::RefProtected;
  return repository.write_refs.matches(full) ? Reason::None : Reason::RefNotAllowed;
}

Reason check_refs(const Repository& repository, Tool tool, const Arguments& arguments) {
  for (const Argument& known : facts_of(tool).arguments) {
    const auto text = arguments.text(known.name);
    if (!text) continue;
    const Reason found = check_ref_argument(repository, known.means, *text);
    if (found != Reason::None) return found;
  }
  return Reason::None;
}

Reason check_paths(const Repository& repository, Tool tool, const Arguments& arguments) {
  for (const Argument& known : facts_of(tool).arguments) {
    const auto text = arguments.text(known.name);
    if (!text) continue;
    Reason found = Reason::None;
    if (known.means == Means::Path) found = check_path(repository, *text);
    if (known.means == Means::PathGlob) found = check_path_glob(*text);
    if (found != Reason::None) return found;
  }
  return Reason::None;
}

Reason check_sizes(const Limits& limits, Tool tool, const Arguments& arguments) {
  const auto patch =
      facts_of(tool).argument("patch") != nullptr ? arguments.text("patch") : std::nullopt;
  if (patch && static_cast<int64_t>(patch->size()) > limits.patch.bytes) {
    return Reason::PatchTooLarge;
  }
  return Reason::None;
}

Reason check_changes(const Repository& repository, const Limits& limits, const Changes& changes) {
  if (static_cast<int64_t>(changes.list.size()) > limits.patch.files) {
    return Reason::PatchTooManyFiles;
  }
  if (changes.changed_lines > limits.patch.changed_lines) return Reason::PatchTooLarge;
  int64_t total = 0;
  for (const RepoPath& source : changes.sources) {
    if (repository.deny_read.denies(source)) return Reason::PathDenied;
  }
  for (const Change& change : changes.list) {
    const Reason found = check_change(repository, limits.patch, change);
    if (found != Reason::None) return found;
    total += change.size;
  }
  return total > limits.patch.inflated_bytes ? Reason::PatchInflatedTooLarge : Reason::None;
}

bool wants_approval(const ApprovalRule& rule, const Changes& changes) {
  const auto touches = [&](const Change& change) { return rule.paths_any.denies(change.path); };
  if (std::ranges::any_of(changes.list, touches)) return true;
  const auto deletes = std::ranges::count(changes.list, Change::Kind::Delete, &Change::kind);
  return rule.deletes_over && deletes > *rule.deletes_over;
}

}  // namespace srasta::policy
