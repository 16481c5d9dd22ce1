#include "tools/call.h"

#include <utility>

namespace srasta::tools {
namespace {

policy::Principal principal_of(const access::Caller& caller) {
  policy::Principal principal{.subject = caller.subject(),
                              .tenant = caller.tenant().str(),
                              .roles = {},
                              .personas = caller.personas(),
                              .permissions = caller.permissions()};
  for (const base::RoleName& role : caller.roles()) principal.roles.push_back(role.str());
  return principal;
}

/// What records call the names of rules, as far as they have room for them.
std::string joined(const std::vector<std::string>& rules) {
  std::string text;
  for (const std::string& rule : rules) {
    if (text.size() + rule.size() + 1 > audit::Label::kMaxBytes) break;
    text += text.empty() ? rule : "/" + rule;
  }
  return text;
}

}  // namespace

Call begin_call(service::Request& request, const access::Caller& caller, const base::Clock& clock,
                const PolicyStore& policies) {
  return {.request = request,
          .caller = caller,
          .principal = principal_of(caller),
          .now = clock.wall(),
          .policy = policies.of(caller.tenant().view())};
}

std::expected<policy::Arguments, policy::Arguments::Fault> arguments_of(const Call& call) {
  if (!call.arguments) return std::unexpected(policy::Arguments::Fault{});
  return policy::Arguments::read(call.tool, call.arguments->root());
}

const git::Registration* registration_of(const Call& call) {
  if (call.judgement.repository == nullptr) return nullptr;
  const auto found = call.policy->repositories.find(call.judgement.repository->id);
  return found == call.policy->repositories.end() ? nullptr : &found->second;
}

service::Journal::ToolCall record_of(const Call& call, policy::Reason reason) {
  const bool runs = policy::facts_of(call.tool).kind == policy::ToolClass::Run;
  service::Journal::ToolCall record{
      .act = runs ? audit::Act::ToolRun : audit::Act::ToolChange,
      .tool = std::string(call.tool_known ? to_string(call.tool) : "-"),
      .why = std::string(to_string(reason)),
      .rules = joined(call.judgement.rules),
      .shadow = joined(call.judgement.shadow_rules)};
  if (call.principal.personas.size() == 1) record.persona = call.principal.personas.front();
  if (call.policy) {
    record.policy = call.policy->policy.name;
    record.version = static_cast<uint64_t>(call.policy->policy.version);
  }
  if (call.approval) record.approval = call.approval->id;
  if (call.judgement.repository != nullptr) record.repository = call.judgement.repository->id;
  return record;
}

}  // namespace srasta::tools
