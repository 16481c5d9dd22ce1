#include "tools/tools_core.h"

#include "net/on_pool.h"
#include "tools/answer.h"
#include "tools/describe.h"
#include "tools/routes.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace srasta::tools {

using policy::Reason;
using policy::Tool;
using service::ErrorCode;
using service::Request;

namespace {

constexpr unsigned kReaders = 2;
constexpr size_t kMostPrincipals = 100'000;
constexpr base::Seconds kMinute{60};

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

/// The principal that somebody with policy.admin asks about. Who has which role is not known here,
/// so it has those that the persona asks for.
policy::Principal asked_about(const policy::Policy& policy, const policy::Arguments& arguments,
                              const policy::Principal& asking) {
  policy::Principal principal = asking;
  const auto subject = arguments.text("subject");
  const auto persona = arguments.text("persona");
  if (persona) principal.personas = {std::string(*persona)};
  if (!subject || *subject == asking.subject) return principal;
  principal.subject = *subject;
  principal.permissions = access::kToolPermissions;
  const policy::Persona* const known = persona ? policy.persona(*persona) : nullptr;
  principal.roles = known != nullptr ? known->requires_roles : std::vector<std::string>{};
  return principal;
}

bool asks_about_somebody_else(const policy::Arguments& arguments, const policy::Principal& asking) {
  const auto subject = arguments.text("subject");
  const auto persona = arguments.text("persona");
  const bool own_persona =
      !persona || std::ranges::find(asking.personas, *persona) != asking.personas.end();
  return (subject && *subject != asking.subject) || !own_persona;
}

}  // namespace

ToolsCore::ToolsCore(const Parts& parts, base::Secret cursor_key)
    : parts_(parts), cursors_(std::move(cursor_key)), rates_(kMostPrincipals), readers_(kReaders) {}

void ToolsCore::bind(service::RouteTable& table) {
  table.add(route::kTools, [this](Request& request, const access::Caller& caller) {
    return list(request, caller);
  });
  table.add(route::kCall, [this](Request& request, const access::Caller& caller) {
    return call(request, caller);
  });
}

ToolsCore::Call ToolsCore::begin(Request& request, const access::Caller& caller) const {
  return {.request = request,
          .caller = caller,
          .principal = principal_of(caller),
          .now = parts_.clock.wall(),
          .policy = parts_.policies.of(caller.tenant().view())};
}

net::Task<void> ToolsCore::list(Request& request, const access::Caller& caller) {
  Call asked = begin(request, caller);
  if (!asked.policy) {
    co_await refuse(asked, Reason::PolicyStale);
    co_return;
  }
  if (const auto wrong = pass_rate(asked)) {
    co_await refuse(asked, *wrong);
    co_return;
  }
  asked.judgement.effect = policy::Effect::Allow;
  service::Journal::ToolCall record = record_of(asked, Reason::None);
  record.tool.clear();
  if (!co_await parts_.journal.tool_read(request, caller, audit::Outcome::Ok, record)) {
    co_await service::answer_error(request, ErrorCode::AuditUnavailable);
    co_return;
  }
  co_await service::answer_json(request,
                                tools_json(asked.policy->policy, asked.principal, asked.now));
}

net::Task<void> ToolsCore::call(Request& request, const access::Caller& caller) {
  Call asked = begin(request, caller);
  const auto tool = policy::find_tool(request.path_parameter);
  asked.tool = tool.value_or(Tool::RepoList);
  std::optional<Reason> wrong;
  if (!asked.policy) {
    wrong = Reason::PolicyStale;
  } else {
    wrong = pass_rate(asked);
  }
  if (!wrong && !tool) wrong = Reason::ToolUnknown;
  asked.tool_known = tool.has_value();
  if (wrong) {
    co_await refuse(asked, *wrong);
    co_return;
  }
  const policy::RequestLimits& limits = asked.policy->policy.limits.request;
  if (static_cast<int64_t>(request.body.size()) > limits.bytes) {
    asked.fault = policy::Arguments::Fault{.argument = "the body",
                                           .what = "is larger than the policy allows"};
    co_await refuse(asked, Reason::ArgSchema);
    co_return;
  }
  auto document = json::Document::parse(request.body, static_cast<unsigned>(limits.depth));
  if (!document) {
    asked.fault = policy::Arguments::Fault{.argument = "", .what = "are not one JSON object"};
    co_await refuse(asked, Reason::ArgSchema);
    co_return;
  }
  asked.arguments = *std::move(document);
  asked.judgement = policy::judge_call(
      asked.policy->policy, {.tool = asked.tool, .principal = asked.principal, .now = asked.now},
      asked.arguments->root(), &asked.fault);
  if (asked.judgement.effect != policy::Effect::Allow) {
    co_await refuse(asked, asked.judgement.reason);
  } else if (policy::facts_of(asked.tool).kind == policy::ToolClass::Read) {
    co_await read(asked);
  } else {
    co_await change(asked);
  }
}

net::Task<void> ToolsCore::read(Call& call) {
  const Result result =
      co_await net::on_pool(parts_.loop, readers_, [this, &call] { return run(call); });
  if (!result) {
    co_await refuse(call, result.error());
    co_return;
  }
  const auto recorded = co_await parts_.journal.tool_read(
      call.request, call.caller, audit::Outcome::Ok, record_of(call, Reason::None));
  if (!recorded) {
    co_await service::answer_error(call.request, ErrorCode::AuditUnavailable);
    co_return;
  }
  co_await answer_result(call.request, call.judgement, call.policy->policy.version, *result);
}

net::Task<void> ToolsCore::change(Call& call) {
  const git::Registration* const registration = registration_of(call);
  if (registration == nullptr) {
    co_await refuse(call, Reason::RepoConfigTampered);
    co_return;
  }
  const auto arguments = arguments_of(call);
  if (!arguments) {
    co_await refuse(call, Reason::ArgSchema);
    co_return;
  }
  const ChangeCall asked{.tool = call.tool,
                         .rules = *call.judgement.repository,
                         .registration = *registration,
                         .arguments = *arguments,
                         .judgement = call.judgement,
                         .subject = call.principal.subject,
                         .tenant = call.principal.tenant,
                         .decision = call.request.id.view(),
                         .now = base::unix_seconds(call.now)};
  auto prepared =
      co_await net::on_pool(parts_.loop, readers_, [&asked] { return prepare_change(asked); });
  if (!prepared) {
    co_await refuse(call, prepared.error());
    co_return;
  }
  if (prepared->judgement.effect != policy::Effect::Allow) {
    call.judgement.rules = prepared->judgement.rules;
    co_await refuse(call, prepared->judgement.reason);
    co_return;
  }
  co_await make(call, asked, *std::move(prepared));
}

net::Task<void> ToolsCore::make(Call& call, const ChangeCall& asked, Prepared prepared) {
  service::Journal::ToolCall record = record_of(call, Reason::None);
  if (prepared.plan) record.effects = prepared.plan->digest;
  auto intent = co_await parts_.journal.may_change(call.request, call.caller, record);
  if (!intent) {
    co_await service::answer_error(call.request, ErrorCode::AuditUnavailable);
    co_return;
  }
  // Nothing is done under a policy that is not in force any more.
  const bool stale = parts_.policies.of(call.caller.tenant().view()) != call.policy;
  OrReason<std::string> result = std::unexpected(Reason::PolicyStale);
  if (!stale) {
    result = co_await net::on_pool(parts_.loop, readers_,
                                   [&asked, &prepared] { return make_change(asked, prepared); });
  }
  if (!result) {
    record.why = to_string(result.error());
    record.reason = "store";
    parts_.journal.changed(call.request, call.caller, *std::move(intent), audit::Outcome::Error,
                           record);
    co_await answer_refusal(call.request, result.error());
    co_return;
  }
  record.commit = prepared.target;
  parts_.journal.changed(call.request, call.caller, *std::move(intent), audit::Outcome::Ok, record);
  co_await answer_result(call.request, call.judgement, call.policy->policy.version, *result);
}

net::Task<void> ToolsCore::refuse(Call& call, Reason reason) {
  const service::Journal::ToolCall record = record_of(call, reason);
  if (policy::facts_of(call.tool).kind == policy::ToolClass::Read) {
    (void)co_await parts_.journal.tool_read(call.request, call.caller, audit::Outcome::Deny,
                                            record);
  } else {
    co_await parts_.journal.change_refused(call.request, call.caller, record);
  }
  co_await answer_refusal(call.request, call.judgement.masked ? Reason::NotFound : reason,
                          call.fault);
}

std::optional<Reason> ToolsCore::pass_rate(const Call& call) {
  const int64_t most = call.policy->policy.limits.rate.calls_per_minute;
  const access::GcraRate rate{.burst = static_cast<uint32_t>(most),
                              .every = base::Micros(kMinute) / most};
  const base::MonoTime now = parts_.loop.now();
  // Whoever asks what would be allowed, again and again, does not spend the calls of its work.
  std::string spender = call.caller.principal().str();
  if (call.tool == Tool::PolicyExplain) spender += " explain";
  while (const auto cell = rates_.cell_of(spender, now)) {
    const access::GcraAnswer answer = cell->take(now, rate);
    if (answer.retired) continue;
    return answer.admitted ? std::nullopt : std::optional(Reason::RateLimit);
  }
  return Reason::RateLimit;
}

Result ToolsCore::run(const Call& call) const {
  const policy::Policy& policy = call.policy->policy;
  switch (call.tool) {
    case Tool::RepoList:
      return repositories_json(*call.policy, call.principal, call.now);
    case Tool::CommandList:
      return commands_json(policy, *call.judgement.repository);
    case Tool::PolicyExplain:
      return explain(call);
    case Tool::ApprovalStatus:
      return std::unexpected(Reason::HandleUnknown);  // there are no approvals yet
    default:
      return read_repository(call);
  }
}

std::expected<policy::Arguments, policy::Arguments::Fault> ToolsCore::arguments_of(
    const Call& call) {
  if (!call.arguments) return std::unexpected(policy::Arguments::Fault{});
  return policy::Arguments::read(call.tool, call.arguments->root());
}

const git::Registration* ToolsCore::registration_of(const Call& call) const {
  if (call.judgement.repository == nullptr) return nullptr;
  const auto found = call.policy->repositories.find(call.judgement.repository->id);
  return found == call.policy->repositories.end() ? nullptr : &found->second;
}

Result ToolsCore::read_repository(const Call& call) const {
  const git::Registration* const registration = registration_of(call);
  if (registration == nullptr) return std::unexpected(Reason::RepoConfigTampered);
  const policy::Repository& rules = *call.judgement.repository;
  const auto view = RepositoryView::open(rules, *registration);
  if (!view) return std::unexpected(view.error());
  const auto arguments = arguments_of(call);
  if (!arguments) return std::unexpected(Reason::ArgSchema);
  const std::string scope = fmt::format("{} {} {}", call.caller.principal().view(), rules.id,
                                        call.policy->policy.version);
  const ReadCall reading{.view = *view,
                         .arguments = *arguments,
                         .limits = call.judgement.limits,
                         .cursors = cursors_,
                         .scope = scope};
  switch (call.tool) {
    case Tool::RepoInfo:
      return repository_json(*view, call.judgement.limits);
    case Tool::TreeList:
      return tree_list(reading);
    case Tool::FileRead:
      return file_read(reading);
    case Tool::CodeSearch:
      return code_search(reading);
    case Tool::BranchList:
      return branch_list(reading);
    case Tool::CommitLog:
      return commit_log(reading);
    case Tool::CommitGet:
      return commit_get(reading);
    case Tool::Blame:
      return blame(reading);
    case Tool::Diff:
      return diff(reading);
    case Tool::PatchCheck:
      return check_patch({.tool = call.tool,
                          .rules = rules,
                          .registration = *registration,
                          .arguments = *arguments,
                          .judgement = call.judgement,
                          .subject = call.principal.subject,
                          .tenant = call.principal.tenant,
                          .decision = call.request.id.view()});
    default:
      return std::unexpected(Reason::ToolDisabled);
  }
}

Result ToolsCore::explain(const Call& call) const {
  const policy::Policy& policy = call.policy->policy;
  const auto arguments = arguments_of(call);
  if (!arguments) return std::unexpected(Reason::ArgSchema);
  const bool admin = call.caller.permissions().contains(access::Permission::PolicyAdmin);
  if (!admin && asks_about_somebody_else(*arguments, call.principal)) {
    return std::unexpected(Reason::ScopeInsufficient);
  }
  const auto tool = policy::find_tool(arguments->text("tool").value_or(""));
  if (!tool) return std::unexpected(Reason::ToolUnknown);
  const auto none = json::Document::parse("{}");
  const auto asked = arguments->value("args");
  const policy::Principal principal = asked_about(policy, *arguments, call.principal);
  const policy::Judgement judgement = policy::judge_call(
      policy, {.tool = *tool, .principal = principal, .now = call.now, .partial = true},
      asked ? *asked : none->root());
  return judgement_json(judgement, admin);
}

service::Journal::ToolCall ToolsCore::record_of(const Call& call, Reason reason) const {
  service::Journal::ToolCall record{
      .tool = std::string(call.tool_known ? to_string(call.tool) : "-"),
      .why = std::string(to_string(reason)),
      .rules = joined(call.judgement.rules)};
  if (call.policy) {
    record.policy = call.policy->policy.name;
    record.version = static_cast<uint64_t>(call.policy->policy.version);
  }
  if (call.judgement.repository != nullptr) record.repository = call.judgement.repository->id;
  return record;
}

}  // namespace srasta::tools
