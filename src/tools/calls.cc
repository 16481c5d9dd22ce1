#include "tools/calls.h"

#include "net/on_pool.h"
#include "policy/evaluate.h"
#include "tools/approval_view.h"
#include "tools/describe.h"
#include "tools/reading.h"

namespace srasta::tools {

using policy::Reason;
using policy::Tool;

namespace {

constexpr unsigned kReaders = 2;
constexpr size_t kMostPrincipals = 100'000;

bool only_reads(const Call& call) {
  return policy::facts_of(call.tool).kind == policy::ToolClass::Read;
}

/// Keys count like texts.
bool has_longer_text(json::Value value, size_t most) {
  if (const auto text = value.string()) return text->size() > most;
  for (size_t i = 0; value.is_array() && i < value.size(); ++i) {
    if (has_longer_text(value.at(i), most)) return true;
  }
  bool found = false;
  if (value.is_object()) {
    value.for_each_member([&](std::string_view key, json::Value member) {
      found = found || key.size() > most || has_longer_text(member, most);
    });
  }
  return found;
}

/// Whether the answer has something of a repository in it, if only a name.
bool shows_content(const Call& call) {
  const bool of_policy = call.tool == Tool::RepoInfo || call.tool == Tool::CommandList;
  return call.judgement.repository != nullptr && !of_policy;
}

}  // namespace

Calls::Calls(const Parts& parts, base::Secret cursor_key)
    : parts_(parts),
      cursors_(std::move(cursor_key)),
      rates_(kMostPrincipals),
      readers_(kReaders),
      run_calls_({.loop = parts.loop,
                  .policies = parts.policies,
                  .journal = parts.journal,
                  .readers = readers_,
                  .runs = parts.runs,
                  .entropy = parts.entropy}) {}

std::optional<Reason> Calls::pass_switches(const Call& call) {
  if (!call.policy) return Reason::PolicyStale;
  if (!rates_.take(call, parts_.loop.now())) return Reason::RateLimit;
  return std::nullopt;
}

net::Task<Told> Calls::list(Call& call) {
  if (const auto wrong = pass_switches(call)) co_return co_await refuse(call, *wrong);
  call.judgement.effect = policy::Effect::Allow;
  service::Journal::ToolCall record = record_of(call, Reason::None);
  record.tool.clear();
  if (!co_await parts_.journal.tool_read(call.request, call.caller, audit::Outcome::Ok, record)) {
    co_return Told{.not_recorded = true};
  }
  co_return Told{.result = tools_json(call.policy->policy, call.principal, call.now)};
}

net::Task<Told> Calls::call(Call& call, std::string_view name, std::string_view arguments) {
  const auto tool = policy::find_tool(name);
  call.tool = tool.value_or(Tool::RepoList);
  std::optional<Reason> wrong = pass_switches(call);
  if (!wrong && !tool) wrong = Reason::ToolUnknown;
  call.tool_known = tool.has_value();
  if (!wrong && !take_arguments(call, arguments)) wrong = Reason::ArgSchema;
  if (wrong || !call.arguments) {
    co_return co_await refuse(call, wrong.value_or(Reason::ArgSchema));
  }
  call.judgement = policy::judge_call(
      call.policy->policy, {.tool = call.tool, .principal = call.principal, .now = call.now},
      call.arguments->root(), &call.fault);
  if (call.judgement.denied()) co_return co_await refuse(call, call.judgement.reason);
  const Reason presented = co_await parts_.approvals.look(call);
  if (presented != Reason::None) co_return co_await refuse(call, presented);
  auto stopped = co_await pass_without_plan(call);
  if (stopped) co_return *std::move(stopped);
  if (only_reads(call)) co_return co_await read(call);
  if (policy::facts_of(call.tool).kind == policy::ToolClass::Run) co_return co_await run(call);
  co_return co_await change(call);
}

net::Task<std::optional<Told>> Calls::pass_without_plan(Call& call) {
  const policy::ToolClass kind = policy::facts_of(call.tool).kind;
  if (kind == policy::ToolClass::Write) co_return std::nullopt;
  auto stopped = co_await pass_approval(call, nullptr);
  if (stopped || kind == policy::ToolClass::Read) co_return stopped;
  // What a run prints can be anything that it was given.
  const bool remembered = co_await remember_label(call);
  if (remembered) co_return std::nullopt;
  co_return co_await refuse(call, Reason::RepoUnavailable);
}

net::Task<std::optional<Told>> Calls::pass_approval(Call& call, const Prepared* prepared) {
  const Approvals::Passed passed = co_await parts_.approvals.pass(call, prepared);
  if (passed.not_recorded) co_return Told{.not_recorded = true};
  if (passed.reason == Reason::None) co_return std::nullopt;
  co_return co_await refuse(call, passed.reason);
}

bool Calls::take_arguments(Call& call, std::string_view text) {
  const policy::RequestLimits& limits = call.policy->policy.limits.request;
  if (static_cast<int64_t>(text.size()) > limits.bytes) {
    call.fault = policy::Arguments::Fault{.argument = "the body",
                                          .what = "is larger than the policy allows"};
    return false;
  }
  auto document = json::Document::parse(text, static_cast<unsigned>(limits.depth));
  if (!document) {
    call.fault = policy::Arguments::Fault{.argument = "", .what = "are not one JSON object"};
    return false;
  }
  if (has_longer_text(document->root(), static_cast<size_t>(limits.string_bytes))) {
    call.fault =
        policy::Arguments::Fault{.argument = "a text", .what = "is longer than the policy allows"};
    return false;
  }
  call.arguments = *std::move(document);
  return true;
}

net::Task<Told> Calls::approval_status(Call& call) {
  const auto arguments = arguments_of(call);
  const std::string id(arguments ? arguments->text("approvalId").value_or("") : "");
  auto looked = co_await parts_.approvals.find(id);
  if (!looked) co_return co_await refuse(call, Reason::RepoUnavailable);
  const std::optional<Approval> found = *std::move(looked);
  if (!found) co_return co_await refuse(call, Reason::HandleUnknown);
  const bool own = found->bound.tenant == call.principal.tenant &&
                   found->bound.principal == call.caller.principal().view();
  if (!own) co_return co_await refuse(call, Reason::HandleForeign);
  call.approval = found;
  const auto recorded = co_await parts_.journal.tool_read(
      call.request, call.caller, audit::Outcome::Ok, record_of(call, Reason::None));
  if (!recorded) co_return Told{.not_recorded = true};
  co_return Told{.result = status_json(*found, base::unix_seconds(call.now))};
}

net::Task<Told> Calls::read(Call& call) {
  if (call.tool == Tool::ApprovalStatus) co_return co_await approval_status(call);
  Result result = co_await net::on_pool(parts_.loop, readers_,
                                        [this, &call] { return tools::read(call, cursors_); });
  if (!result) co_return co_await refuse(call, result.error());
  bool remembered = true;
  if (shows_content(call)) remembered = co_await remember_label(call);
  if (!remembered) co_return co_await refuse(call, Reason::RepoUnavailable);
  const auto recorded = co_await parts_.journal.tool_read(
      call.request, call.caller, audit::Outcome::Ok, record_of(call, Reason::None));
  if (!recorded) co_return Told{.not_recorded = true};
  co_return Told{.result = *std::move(result)};
}

net::Task<bool> Calls::remember_label(const Call& call) {
  co_return co_await parts_.labels.remember(call.caller.principal().str(),
                                            call.judgement.repository->label,
                                            base::unix_seconds(call.now));
}

void Calls::judge_label(Call& call) const {
  if (policy::facts_of(call.tool).kind != policy::ToolClass::Write) return;
  const auto read = parts_.labels.of(call.caller.principal().view(), base::unix_seconds(call.now));
  policy::judge_flow(call.judgement, call.policy->policy, read);
}

net::Task<Told> Calls::change(Call& call) {
  const git::Registration* const registration = registration_of(call);
  if (registration == nullptr) co_return co_await refuse(call, Reason::RepoConfigTampered);
  const auto arguments = arguments_of(call);
  if (!arguments) co_return co_await refuse(call, Reason::ArgSchema);
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
  if (!prepared) co_return co_await refuse(call, prepared.error());
  call.judgement = prepared->judgement;
  judge_label(call);
  if (call.judgement.denied()) co_return co_await refuse(call, call.judgement.reason);
  auto stopped = co_await pass_approval(call, &*prepared);
  if (stopped) co_return *std::move(stopped);
  co_return co_await make(call, asked, *std::move(prepared));
}

net::Task<Told> Calls::make(Call& call, const ChangeCall& asked, Prepared prepared) {
  service::Journal::ToolCall record = record_of(call, Reason::None);
  if (prepared.plan) record.effects = prepared.plan->digest;
  auto intent = co_await parts_.journal.may_change(call.request, call.caller, record);
  if (!intent) co_return Told{.not_recorded = true};
  // Nothing is done under a policy that is not in force any more.
  const bool stale = parts_.policies.of(call.caller.tenant().view()) != call.policy;
  OrReason<std::string> result = std::unexpected(Reason::PolicyStale);
  if (!stale && call.tool == Tool::MergeRequestOpen) {
    result = co_await parts_.merges.open(call, prepared);
  } else if (!stale) {
    result = co_await net::on_pool(parts_.loop, readers_,
                                   [&asked, &prepared] { return make_change(asked, prepared); });
  }
  if (!result) {
    record.why = to_string(result.error());
    record.reason = "store";
    parts_.journal.changed(call.request, call.caller, *std::move(intent), audit::Outcome::Error,
                           record);
    co_return Told{.reason = policy::shown_as(result.error())};
  }
  record.commit = prepared.target;
  parts_.journal.changed(call.request, call.caller, *std::move(intent), audit::Outcome::Ok, record);
  co_return Told{.result = *std::move(result)};
}

net::Task<Told> Calls::run(Call& call) {
  auto told = co_await run_calls_.call(call);
  if (!told) co_return co_await refuse(call, told.error());
  co_return *std::move(told);
}

net::Task<Told> Calls::refuse(Call& call, Reason reason) {
  const service::Journal::ToolCall record = record_of(call, reason);
  if (only_reads(call)) {
    (void)co_await parts_.journal.tool_read(call.request, call.caller, audit::Outcome::Deny,
                                            record);
  } else {
    co_await parts_.journal.change_refused(call.request, call.caller, record);
  }
  Told told{.reason = call.judgement.masked ? Reason::NotFound : policy::shown_as(reason),
            .fault = call.fault};
  if (told.reason == Reason::ApprovalRequired && call.approval) {
    told.waiting = waiting_for(*call.approval);
  }
  co_return told;
}

}  // namespace srasta::tools
