// Flow rules, and rules that allow or deny.
#include "policy/draft.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace srasta::policy {
namespace {

constexpr std::initializer_list<std::string_view> kLabels = {"public", "internal", "confidential",
                                                             "restricted"};

std::optional<Label> read_label(Draft& draft, const Field& when, std::string_view group,
                                std::string_view name) {
  Members outer(draft.reader, when);
  const auto found = outer.need(group);
  if (!found) return std::nullopt;
  Members inner(draft.reader, *found);
  const auto label = inner.need(name);
  inner.finish();
  if (!label) return std::nullopt;
  const auto which = draft.reader.choice(*label, kLabels);
  return which ? std::optional(static_cast<Label>(*which)) : std::nullopt;
}

std::optional<int> read_time_of_day(std::string_view text) {
  int hour = 0;
  int minute = 0;
  const auto number = [](std::string_view digits, int& out) {
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + 2, out);
    return failure == std::errc() && end == digits.data() + 2;
  };
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  if (!number(text, hour) || !number(text.substr(3), minute)) return std::nullopt;
  if (hour > 24 || minute > 59 || (hour == 24 && minute > 0)) return std::nullopt;
  return hour * 60 + minute;
}

/// "06:00-22:00 UTC"
std::optional<HourWindow> read_window(std::string_view text) {
  if (!text.ends_with(" UTC") || text.size() != 15 || text[5] != '-') return std::nullopt;
  const auto from = read_time_of_day(text.substr(0, 5));
  const auto to = read_time_of_day(text.substr(6, 5));
  if (!from || !to || *from == *to) return std::nullopt;
  return HourWindow{*from, *to};
}

/// Every tool of the rule must have the argument; with all tools some of them.
bool tools_have(ToolSet tools, std::string_view name, ValueType& type) {
  bool any = false;
  bool all = true;
  for (size_t i = 0; i < kToolCount; ++i) {
    const Tool tool = static_cast<Tool>(i);
    if (!tools.contains(tool)) continue;
    const Argument* const argument = facts_of(tool).argument(name);
    if (argument != nullptr) type = argument->type;
    any = any || argument != nullptr;
    all = all && argument != nullptr;
  }
  return tools == ToolSet::all() ? any : all && any;
}

void read_arguments(Draft& draft, const Field& field, Rule& rule) {
  ValueReader& reader = draft.reader;
  for (const Field& each : reader.members(field)) {
    const std::string& name = each.node->key;
    ValueType type = ValueType::Object;
    if (!tools_have(rule.tools, name, type)) {
      reader.complain(each, "is no argument of every tool of the rule");
      continue;
    }
    std::optional<ArgumentValue> value;
    if (type == ValueType::Boolean) value = reader.boolean(each);
    if (type == ValueType::Integer) value = reader.integer(each, INT64_MIN, INT64_MAX);
    if (type == ValueType::Text) value = reader.text(each);
    if (type == ValueType::Object || type == ValueType::Array) {
      reader.complain(each, "cannot be compared");
    }
    if (value) rule.arguments.emplace_back(name, *std::move(value));
  }
}

void read_conditions(Draft& draft, const Field& field, Rule& rule) {
  Members conditions(draft.reader, field);
  if (const auto hour = conditions.take("hour")) {
    Members members(draft.reader, *hour);
    if (const auto outside = members.need("outside")) {
      rule.outside_hours = read_window(outside->node->text);
      if (!rule.outside_hours) {
        draft.reader.complain(*outside, "is not a window of a day", "\"06:00-22:00 UTC\"");
      }
    }
    members.finish();
  }
  if (const auto arguments = conditions.take("args")) read_arguments(draft, *arguments, rule);
  conditions.finish();
}

std::vector<std::string> read_persona_names(Draft& draft, const Field& field) {
  std::vector<std::string> names;
  for (const Field& item : draft.reader.items(field)) {
    auto name = draft.reader.text(item);
    if (!name) continue;
    if (draft.policy.persona(*name) == nullptr) {
      draft.reader.complain(item, fmt::format("there is no persona {}", *name));
    }
    names.push_back(*std::move(name));
  }
  return names;
}

/// Empty: all of them.
std::vector<std::string> read_repository_ids(Draft& draft, const Field& field) {
  std::vector<std::string> ids;
  for (const Field& item : draft.reader.items(field)) {
    auto id = draft.reader.text(item);
    if (!id) continue;
    if (*id == "*") return {};
    if (draft.policy.repository(*id) == nullptr) {
      draft.reader.complain(item, fmt::format("there is no repository {}", *id));
    }
    ids.push_back(*std::move(id));
  }
  if (ids.empty()) draft.reader.complain(field, "is empty, and would mean all");
  return ids;
}

void read_subjects(Draft& draft, Members& members, Rule& rule) {
  if (const auto roles = members.take("roles")) {
    rule.roles = read_role_names(draft, *roles);
    if (rule.roles.empty()) draft.reader.complain(*roles, "is empty, and would mean all");
  }
  if (const auto personas = members.take("personas")) {
    rule.personas = read_persona_names(draft, *personas);
    if (rule.personas.empty()) draft.reader.complain(*personas, "is empty, and would mean all");
  }
  if (const auto ids = members.take("repos")) rule.repositories = read_repository_ids(draft, *ids);
  if (const auto tools = members.need("tools")) {
    rule.tools = read_tools(draft, *tools);
    if (rule.tools.empty()) draft.reader.complain(*tools, "is empty");
  }
}

void read_approval(Draft& draft, Members& members, Rule& rule) {
  const auto require = members.take("require");
  const auto approvers = members.take("approvers");
  if (!require) {
    if (approvers) draft.reader.complain(*approvers, "is for require: approval");
    return;
  }
  if (!draft.reader.choice(*require, {"approval"})) return;
  if (rule.effect != Effect::Allow) {
    draft.reader.complain(*require, "is for effect: allow");
    return;
  }
  rule.effect = Effect::Ask;
  if (approvers) rule.approvers = read_approvers(draft, *approvers);
}

Rule read_rule(Draft& draft, const Field& field) {
  Rule rule;
  Members members(draft.reader, field);
  if (const auto id = members.need("id")) rule.id = draft.reader.id(*id).value_or("");
  if (const auto effect = members.need("effect")) {
    const bool allows = draft.reader.choice(*effect, {"deny", "allow"}).value_or(0) == 1;
    rule.effect = allows ? Effect::Allow : Effect::Deny;
  }
  read_subjects(draft, members, rule);
  if (const auto when = members.take("when")) read_conditions(draft, *when, rule);
  read_approval(draft, members, rule);
  if (const auto mode = members.take("mode")) {
    rule.shadow = draft.reader.choice(*mode, {"enforce", "shadow"}).value_or(0) == 1;
    if (rule.shadow && rule.effect == Effect::Allow) {
      draft.reader.complain(*mode, "a rule that allows cannot be in the shadow");
    }
  }
  if (const auto examples = members.take("examples")) {
    for (const Field& each : draft.reader.items(*examples)) draft.examples.push_back(each);
  }
  members.finish();
  return rule;
}

}  // namespace

void read_flows(Draft& draft, const Field& field) {
  for (const Field& each : draft.reader.items(field)) {
    FlowRule rule;
    Members members(draft.reader, each);
    if (const auto id = members.need("id")) rule.id = draft.reader.id(*id).value_or("");
    if (const auto effect = members.need("effect")) (void)draft.reader.choice(*effect, {"deny"});
    if (const auto when = members.need("when")) {
      Members conditions(draft.reader, *when);
      (void)conditions.take("taskRead");
      (void)conditions.take("write");
      conditions.finish();
      const auto read = read_label(draft, *when, "taskRead", "labelAtLeast");
      const auto write = read_label(draft, *when, "write", "labelBelow");
      if (read) rule.read_at_least = *read;
      if (write) rule.write_below = *write;
    }
    members.finish();
    draft.policy.flows.push_back(std::move(rule));
  }
}

void read_rules(Draft& draft, const Field& field) {
  std::vector<std::string> ids;
  for (const FlowRule& flow : draft.policy.flows) ids.push_back(flow.id);
  for (const Repository& repository : draft.policy.repositories) {
    for (const ApprovalRule& approval : repository.approvals) ids.push_back(approval.id);
  }
  for (const Field& each : draft.reader.items(field)) {
    Rule rule = read_rule(draft, each);
    if (std::ranges::find(ids, rule.id) != ids.end()) {
      draft.reader.complain(each, fmt::format("{} is the id of another rule", rule.id));
    }
    ids.push_back(rule.id);
    draft.policy.rules.push_back(std::move(rule));
  }
}

}  // namespace srasta::policy
