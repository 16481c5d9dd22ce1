#include "policy/draft.h"
#include "policy/limit_fields.h"

#include <algorithm>

#include <fmt/format.h>

namespace srasta::policy {
namespace {

/// There is nothing to choose here, but a document may say what it relies on.
struct Fixed {
  std::string_view group;
  std::string_view name;
  std::string_view only;
};
constexpr std::array kFixed = {Fixed{"patch", "symlink", "deny"}, Fixed{"patch", "gitlink", "deny"},
                               Fixed{"search", "regex", "re2"}};

void read_number(Draft& draft, Members& group, const NumberField& known, Limits& limits) {
  const auto field = group.take(known.name);
  if (!field) return;
  const auto value = draft.reader.integer(*field, known.least, known.most);
  if (value) known.set(limits, *value);
}

void read_permission(Draft& draft, Members& group, const PermissionField& known, Limits& limits) {
  const auto field = group.take(known.name);
  if (!field) return;
  const auto allowed = draft.reader.choice(*field, {"deny", "allow"});
  if (allowed) known.set(limits, *allowed == 1);
}

void read_group(Draft& draft, const Field& field, std::string_view name, Limits& limits) {
  Members group(draft.reader, field);
  for (const NumberField& known : number_fields()) {
    if (known.group == name) read_number(draft, group, known, limits);
  }
  for (const PermissionField& known : permission_fields()) {
    if (known.group == name) read_permission(draft, group, known, limits);
  }
  for (const Fixed& fixed : kFixed) {
    if (fixed.group != name) continue;
    if (const auto found = group.take(fixed.name)) (void)draft.reader.choice(*found, {fixed.only});
  }
  group.finish();
}

/// What stands at `field` may only narrow what is around it.
void check_narrower(Draft& draft, const Field& field, const Limits& wider, const Limits& narrow) {
  for (const NumberField& known : number_fields()) {
    if (known.get(narrow) <= known.get(wider)) continue;
    draft.reader.complain(field, fmt::format("{}.{} raises a limit", known.group, known.name),
                          fmt::format("at most {}", known.get(wider)));
  }
  for (const PermissionField& known : permission_fields()) {
    if (!known.get(narrow) || known.get(wider)) continue;
    draft.reader.complain(field,
                          fmt::format("{}.{} allows what is denied", known.group, known.name));
  }
}

}  // namespace

void read_limits(Draft& draft, const Field& field, Limits& limits) {
  const Limits wider = limits;
  Members groups(draft.reader, field);
  for (const std::string_view name : {"request", "patch", "read", "search", "run", "rate"}) {
    if (const auto found = groups.take(name)) read_group(draft, *found, name, limits);
  }
  groups.finish();
  // The outermost limits are the document's own; only the platform's bounds are around them.
  if (field.key != "spec.limits") check_narrower(draft, field, wider, limits);
}

void read_sandbox(Draft& draft, const Field& field) {
  ValueReader& reader = draft.reader;
  Members members(reader, field);
  if (const auto found = members.need("minTier")) {
    const auto tier = reader.choice(*found, {"T3", "T1", "T1c"});
    draft.policy.min_tier = static_cast<SandboxTier>(tier.value_or(2));
  }
  if (const auto found = members.take("network")) (void)reader.choice(*found, {"none"});
  if (const auto found = members.take("rootfs")) (void)reader.choice(*found, {"host-usr-ro"});
  if (const auto found = members.take("gitDirInside")) (void)reader.choice(*found, {"never"});
  members.finish();
}

}  // namespace srasta::policy
