// Tool sets, path sets, roles and personas.
#include "policy/draft.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace srasta::policy {
namespace {

/// Roles or personas that include each other by name, in any order.
class Inclusion {
 public:
  Inclusion(Draft& draft, const Field& map) : draft_(draft), all_(draft.reader.members(map)) {}

  [[nodiscard]] const std::vector<Field>& all() const { return all_; }

  ToolSet tools_of(const Field& field) {
    const std::string& name = field.node->key;
    if (const auto known = known_.find(name); known != known_.end()) return known->second;
    if (!under_way_.insert(name).second) {
      draft_.reader.complain(field, "includes itself");
      return {};
    }
    const ToolSet tools = own_and_included(field);
    known_.emplace(name, tools);
    return tools;
  }

 private:
  ToolSet own_and_included(const Field& field) {
    Members members(draft_.reader, field);
    ToolSet tools;
    if (const auto own = members.take("tools")) tools = read_tools(draft_, *own);
    const auto includes = members.take("includes");
    for (const Field& name : includes ? draft_.reader.items(*includes) : std::vector<Field>{}) {
      const auto found = std::ranges::find(all_, name.node->text,
                                           [](const Field& each) { return each.node->key; });
      if (found == all_.end()) {
        draft_.reader.complain(name, fmt::format("{} does not exist", name.node->text));
      } else {
        tools = tools | tools_of(*found);
      }
    }
    return tools;
  }

  Draft& draft_;
  std::vector<Field> all_;
  std::map<std::string, ToolSet> known_;
  std::set<std::string> under_way_;
};

bool is_good_name(Draft& draft, const Field& field) {
  config::Node name = *field.node;
  name.kind = config::Node::Kind::Scalar;
  name.text = field.node->key;
  name.quoted = true;
  return draft.reader.id({&name, field.key}).has_value();
}

}  // namespace

ToolSet read_tools(Draft& draft, const Field& field) {
  ToolSet tools;
  for (const Field& item : draft.reader.items(field)) {
    const auto name = draft.reader.text(item);
    if (!name) continue;
    if (*name == "*") {
      tools = ToolSet::all();
    } else if (name->starts_with('@')) {
      const auto set = draft.tool_sets.find(name->substr(1));
      if (set == draft.tool_sets.end()) {
        draft.reader.complain(item, fmt::format("there is no tool set {}", *name));
      } else {
        tools = tools | set->second;
      }
    } else if (const auto tool = find_tool(*name)) {
      tools.insert(*tool);
    } else {
      draft.reader.complain(item, fmt::format("there is no tool {}", *name));
    }
  }
  return tools;
}

GlobList read_globs(Draft& draft, const Field& field) {
  GlobList globs;
  for (const Field& item : draft.reader.items(field)) {
    const std::string& text = item.node->text;
    if (!text.starts_with('@')) {
      if (auto glob = draft.reader.glob(item)) globs.add(*std::move(glob));
      continue;
    }
    const auto set = draft.path_sets.find(text.substr(1));
    if (set == draft.path_sets.end()) {
      draft.reader.complain(item, fmt::format("there is no path set {}", text));
      continue;
    }
    for (const Glob& glob : set->second) globs.add(glob);
  }
  return globs;
}

std::vector<std::string> read_role_names(Draft& draft, const Field& field) {
  std::vector<std::string> names;
  for (const Field& item : draft.reader.items(field)) {
    auto name = draft.reader.text(item);
    if (!name) continue;
    if (draft.policy.role(*name) == nullptr) {
      draft.reader.complain(item, fmt::format("there is no role {}", *name));
    }
    names.push_back(*std::move(name));
  }
  return names;
}

Approvers read_approvers(Draft& draft, const Field& field) {
  constexpr int64_t kMostApprovers = 8;
  Approvers approvers;
  Members members(draft.reader, field);
  if (const auto roles = members.need("roles")) approvers.roles = read_role_names(draft, *roles);
  if (const auto count = members.take("count")) {
    approvers.count = draft.reader.integer(*count, 1, kMostApprovers).value_or(1);
  }
  // Nobody ever approves what he asked for himself; a document may say so.
  if (const auto not_self = members.take("notSelf")) {
    const auto value = draft.reader.boolean(*not_self);
    if (value && !*value) draft.reader.complain(*not_self, "is always true");
  }
  members.finish();
  return approvers;
}

void read_tool_sets(Draft& draft, const Field& field) {
  for (const Field& set : draft.reader.members(field)) {
    if (is_good_name(draft, set)) draft.tool_sets[set.node->key] = read_tools(draft, set);
  }
}

void read_path_sets(Draft& draft, const Field& field) {
  for (const Field& set : draft.reader.members(field)) {
    if (!is_good_name(draft, set)) continue;
    std::vector<Glob>& globs = draft.path_sets[set.node->key];
    for (const Field& item : draft.reader.items(set)) {
      if (auto glob = draft.reader.glob(item)) globs.push_back(*std::move(glob));
    }
  }
}

void read_roles(Draft& draft, const Field& field) {
  Inclusion roles(draft, field);
  for (const Field& role : roles.all()) {
    if (!is_good_name(draft, role)) continue;
    draft.policy.roles.push_back({.name = role.node->key, .tools = roles.tools_of(role)});
    Members members(draft.reader, role);
    (void)members.take("includes");
    (void)members.take("tools");
    members.finish();
  }
}

void read_personas(Draft& draft, const Field& field) {
  Inclusion personas(draft, field);
  for (const Field& each : personas.all()) {
    if (!is_good_name(draft, each)) continue;
    Persona persona{
        .name = each.node->key, .tools = personas.tools_of(each), .limits = draft.policy.limits};
    Members members(draft.reader, each);
    (void)members.take("includes");
    (void)members.take("tools");
    if (const auto roles = members.take("requiresRoles")) {
      persona.requires_roles = read_role_names(draft, *roles);
    }
    if (const auto limits = members.take("limits")) read_limits(draft, *limits, persona.limits);
    members.finish();
    draft.policy.personas.push_back(std::move(persona));
  }
}

}  // namespace srasta::policy
