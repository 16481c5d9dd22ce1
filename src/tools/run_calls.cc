#include "tools/run_calls.h"

#include "json/writer.h"
#include "net/on_pool.h"

namespace srasta::tools {

using policy::Reason;
using policy::Tool;

namespace {

constexpr int64_t kUsualTtl = 900;

Workspaces::Owner owner_of(const Call& call) {
  return {.tenant = call.principal.tenant,
          .principal = call.caller.principal().str(),
          .persona = call.judgement.persona == nullptr ? "" : call.judgement.persona->name};
}

/// Of one caller at a time, while it lives.
class Busy {
 public:
  explicit Busy(Workspace* workspace) : workspace_(workspace) {
    if (workspace_ != nullptr) workspace_->busy = true;
  }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;
  ~Busy() {
    if (workspace_ != nullptr) workspace_->busy = false;
  }

 private:
  Workspace* workspace_;
};

}  // namespace

net::Task<OrReason<Told>> RunCalls::call(Call& call) {
  const auto arguments = arguments_of(call);
  if (!arguments) co_return std::unexpected(Reason::ArgSchema);
  if (call.tool == Tool::WorkspaceOpen) co_return co_await open_workspace(call, *arguments);
  if (call.tool == Tool::WorkspaceClose) co_return co_await close_workspace(call, *arguments);
  co_return co_await run(call, *arguments);
}

net::Task<OrReason<Told>> RunCalls::open_workspace(Call& call, const policy::Arguments& arguments) {
  const git::Registration* const registration = registration_of(call);
  if (registration == nullptr) co_return std::unexpected(Reason::RepoConfigTampered);
  const std::string ref(arguments.text("ref").value_or(""));
  const policy::Repository& rules = *call.judgement.repository;
  const base::Millis timeout = call.judgement.limits.request.timeout;
  auto commit = co_await net::on_pool(
      parts_.loop, parts_.readers, [&rules, registration, &ref, timeout]() -> OrReason<git::Oid> {
        const auto view = RepositoryView::open(rules, *registration, timeout);
        if (!view) return std::unexpected(view.error());
        return view->resolve(ref);
      });
  if (!commit) co_return std::unexpected(commit.error());
  service::Journal::ToolCall record = record_of(call, Reason::None);
  record.commit = *commit;
  auto intent = co_await parts_.journal.may_change(call.request, call.caller, record);
  if (!intent) co_return Told{.not_recorded = true};
  const base::Seconds ttl(arguments.integer("ttlSeconds").value_or(kUsualTtl));
  const auto handle =
      workspaces_.open(owner_of(call), {.repository = rules.id, .commit = *std::move(commit)}, ttl,
                       parts_.loop.now());
  if (!handle) record.why = to_string(handle.error());
  parts_.journal.changed(call.request, call.caller, *std::move(intent),
                         handle ? audit::Outcome::Ok : audit::Outcome::Error, record);
  if (!handle) co_return Told{.reason = handle.error()};
  json::Writer writer;
  writer.begin_object().member("workspace", *handle).member("commit", record.commit);
  writer.member("ttlSeconds", int64_t{ttl.count()}).end_object();
  co_return Told{.result = writer.take()};
}

net::Task<OrReason<Told>> RunCalls::close_workspace(Call& call,
                                                    const policy::Arguments& arguments) {
  const std::string handle(arguments.text("workspace").value_or(""));
  const std::string& repository = call.judgement.repository->id;
  const auto found = workspaces_.find(handle, owner_of(call), repository, parts_.loop.now());
  if (!found) co_return std::unexpected(found.error());
  const service::Journal::ToolCall record = record_of(call, Reason::None);
  auto intent = co_await parts_.journal.may_change(call.request, call.caller, record);
  if (!intent) co_return Told{.not_recorded = true};
  const Reason wrong = workspaces_.close(handle, owner_of(call), repository, parts_.loop.now());
  parts_.journal.changed(call.request, call.caller, *std::move(intent),
                         wrong == Reason::None ? audit::Outcome::Ok : audit::Outcome::Error,
                         record);
  if (wrong != Reason::None) co_return Told{.reason = policy::shown_as(wrong)};
  co_return Told{.result = "{}"};
}

OrReason<Workspace*> RunCalls::workspace_of(const Call& call, const policy::Arguments& arguments) {
  const auto handle = arguments.text("workspace");
  if (handle.has_value() == arguments.text("ref").has_value()) {
    return std::unexpected(Reason::ArgSchema);
  }
  if (!handle) return nullptr;
  return workspaces_.find(*handle, owner_of(call), call.judgement.repository->id,
                          parts_.loop.now());
}

Reason RunCalls::check_host(const Call& call) const {
  const sandbox::Tier given = parts_.runs.host().strongest;
  if (given == sandbox::Tier::None) return Reason::SandboxUnavailable;
  return given < tier_of(call.policy->policy.min_tier) ? Reason::SandboxTier : Reason::None;
}

net::Task<OrReason<Told>> RunCalls::run(Call& call, const policy::Arguments& arguments) {
  const git::Registration* const registration = registration_of(call);
  if (registration == nullptr) co_return std::unexpected(Reason::RepoConfigTampered);
  if (call.judgement.command == nullptr) co_return std::unexpected(Reason::CmdUnknown);
  const auto workspace = workspace_of(call, arguments);
  if (!workspace) co_return std::unexpected(workspace.error());
  if (const Reason weak = check_host(call); weak != Reason::None) {
    co_return std::unexpected(weak);
  }
  const auto place = places_.take(call.caller.principal().str(), call.principal.tenant,
                                  call.judgement.limits.rate);
  if (!place) co_return std::unexpected(Reason::Concurrency);
  const RunCall asked{.rules = *call.judgement.repository,
                      .command = *call.judgement.command,
                      .min_tier = call.policy->policy.min_tier,
                      .registration = *registration,
                      .arguments = arguments,
                      .judgement = call.judgement,
                      .workspace = *workspace};
  co_return co_await run_in(call, asked, *workspace);
}

net::Task<OrReason<Told>> RunCalls::run_in(Call& call, const RunCall& asked, Workspace* workspace) {
  const Busy busy(workspace);
  auto prepared =
      co_await net::on_pool(parts_.loop, parts_.readers, [&asked] { return prepare_run(asked); });
  if (!prepared) co_return std::unexpected(prepared.error());
  // Nothing is done under a policy that is not in force any more.
  if (parts_.policies.of(call.caller.tenant().view()) != call.policy) {
    co_return std::unexpected(Reason::PolicyStale);
  }
  service::Journal::ToolCall record = record_of(call, Reason::None);
  record.commit = prepared->commit;
  auto intent = co_await parts_.journal.may_change(call.request, call.caller, record);
  if (!intent) co_return Told{.not_recorded = true};
  co_return co_await carry_out(call, asked, workspace, *std::move(prepared), *std::move(intent));
}

net::Task<Told> RunCalls::carry_out(Call& call, const RunCall& asked, Workspace* workspace,
                                    PreparedRun prepared, audit::Intent intent) {
  service::Journal::ToolCall record = record_of(call, Reason::None);
  record.commit = prepared.commit;
  const auto end =
      co_await parts_.runs.run(call.request.exchange, prepared.order, prepared.tree.get());
  OrReason<Ran> ran = std::unexpected(Reason::SandboxUnavailable);
  if (end) {
    ran = co_await net::on_pool(parts_.loop, parts_.readers,
                                [&] { return describe_run(asked, prepared, *end); });
  } else {
    ran = std::unexpected(reason_of_refusal(end.error()));
  }
  const Reason why = ran ? ran->ended_by : ran.error();
  record.why = to_string(why);
  if (ran) record.effects = ran->effects;
  parts_.journal.changed(call.request, call.caller, std::move(intent),
                         why == Reason::None ? audit::Outcome::Ok : audit::Outcome::Error, record);
  if (!ran) co_return Told{.reason = policy::shown_as(ran.error())};
  if (workspace != nullptr && !keep_changes(*workspace, *end)) {
    co_return Told{.reason = Reason::PatchInflatedTooLarge};
  }
  co_return Told{.result = std::move(ran->result)};
}

}  // namespace srasta::tools
