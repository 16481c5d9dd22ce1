#include "tools/merging.h"

#include "git/merge.h"

namespace srasta::tools {

using policy::Reason;

namespace {

constexpr std::string_view kHeads = "refs/heads/";

std::string full_name(const ChangeCall& call, std::string_view argument) {
  const std::string name(call.arguments.text(argument).value_or(""));
  return name.starts_with(kHeads) ? name : std::string(kHeads) + name;
}

}  // namespace

OrReason<Prepared> prepare_merge(const ChangeCall& call) {
  const auto view =
      RepositoryView::open(call.rules, call.registration, call.judgement.limits.request.timeout);
  if (!view) return std::unexpected(view.error());
  const std::string_view title = call.arguments.text("title").value_or("");
  if (title.contains('\n')) return std::unexpected(Reason::ArgSchema);
  const Reason wrong = check_message(title);
  if (wrong != Reason::None) return std::unexpected(wrong);
  Prepared prepared{.judgement = call.judgement,
                    .ref = full_name(call, "target"),
                    .source = full_name(call, "source")};
  auto source = view->resolve(prepared.source);
  if (!source) return std::unexpected(source.error());
  auto target = view->resolve(prepared.ref);
  if (!target) return std::unexpected(target.error());
  const auto compared = git::compare_commits(view->git(), *source, *target);
  if (!compared) return std::unexpected(reason_of(compared.error()));
  const std::optional<git::Oid>& base = compared->base;
  if (!base || compared->ahead == 0) return std::unexpected(Reason::PatchNoApply);
  auto plan = plan_between(*view, *base, *source);
  if (!plan) return std::unexpected(plan.error());
  policy::judge_changes(prepared.judgement, plan->changes);
  prepared.commits = static_cast<int64_t>(compared->ahead);
  prepared.target = *std::move(source);
  prepared.expected = *std::move(target);
  prepared.plan = *std::move(plan);
  return prepared;
}

}  // namespace srasta::tools
