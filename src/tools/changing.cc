#include "tools/changing.h"

#include "base/encoding.h"
#include "git/diff.h"
#include "json/writer.h"
#include "policy/content.h"
#include "tools/merging.h"

#include <algorithm>

#include <fmt/format.h>

namespace srasta::tools {

using policy::Gate;
using policy::Reason;
using policy::Tool;

namespace {

constexpr std::string_view kHeads = "refs/heads/";
constexpr std::string_view kTags = "refs/tags/";

std::string argument(const ChangeCall& call, std::string_view name) {
  return std::string(call.arguments.text(name).value_or(""));
}

OrReason<RepositoryView> open_view(const ChangeCall& call) {
  return RepositoryView::open(call.rules, call.registration, call.judgement.limits.request.timeout);
}

OrReason<RepositoryView> open_in_quarantine(const ChangeCall& call) {
  auto view = open_view(call);
  if (!view) return view;
  const auto kept = view->quarantine();
  if (!kept) return std::unexpected(reason_of(kept.error()));
  return view;
}

/// What git's header of a commit can hold.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '_' || c == '-' || c == '@';
    out += good ? c : '-';
  }
  return out;
}

/// Where the branch is. A symbolic one is judged where it leads.
OrReason<Prepared> at_branch(const RepositoryView& view, const ChangeCall& call,
                             const std::string& name) {
  Prepared prepared{.judgement = call.judgement, .ref = std::string(kHeads) + name};
  const auto found = view.git().find_ref(prepared.ref);
  if (!found) return std::unexpected(reason_of(found.error()));
  const std::optional<git::Ref>& ref = *found;
  if (!ref) return prepared;
  prepared.expected = ref->oid;
  if (ref->is_symbolic()) {
    prepared.ref = ref->target;
    policy::judge_written_ref(prepared.judgement, ref->target);
  }
  return prepared;
}

OrReason<Prepared> prepare_commit(const ChangeCall& call) {
  const auto view = open_in_quarantine(call);
  if (!view) return std::unexpected(view.error());
  const Reason wrong = check_message(argument(call, "message"));
  if (wrong != Reason::None) return std::unexpected(wrong);
  auto prepared = at_branch(*view, call, argument(call, "branch"));
  if (!prepared || prepared->judgement.denied()) return prepared;
  if (prepared->expected.empty()) return std::unexpected(Reason::NotFound);
  if (argument(call, "expectedHead") != prepared->expected) {
    return std::unexpected(Reason::RefStale);
  }
  const auto edits = call.arguments.value("edits");
  auto plan = edits ? plan_edits(*view, prepared->expected, *edits, call.judgement.limits)
                    : plan_patch(*view, prepared->expected,
                                 call.arguments.text("patch").value_or(""), call.judgement.limits);
  if (!plan) {
    policy::deny(prepared->judgement, Gate::Plan, plan.error());
    return prepared;
  }
  policy::judge_changes(prepared->judgement, plan->changes);
  prepared->plan = *std::move(plan);
  return prepared;
}

/// Git keeps refs as files: none lies where a part of its name is one already.
OrReason<bool> has_place(const RepositoryView& view, const std::string& full) {
  const auto refs = view.git().refs();
  if (!refs) return std::unexpected(reason_of(refs.error()));
  return std::ranges::none_of(*refs, [&](const git::Ref& ref) {
    return ref.name.starts_with(full + "/") || full.starts_with(ref.name + "/");
  });
}

OrReason<Prepared> prepare_branch_create(const ChangeCall& call) {
  const auto view = open_view(call);
  if (!view) return std::unexpected(view.error());
  const auto from = view->resolve(argument(call, "from"));
  if (!from) return std::unexpected(from.error());
  auto prepared = at_branch(*view, call, argument(call, "name"));
  if (!prepared || prepared->judgement.denied()) return prepared;
  prepared->target = *from;
  prepared->is_done = prepared->expected == *from;
  const auto place = has_place(*view, prepared->ref);
  if (!place) return std::unexpected(place.error());
  if (!prepared->is_done && (!prepared->expected.empty() || !*place)) {
    return std::unexpected(Reason::RefExists);
  }
  return prepared;
}

OrReason<Prepared> prepare_branch_delete(const ChangeCall& call) {
  const auto view = open_view(call);
  if (!view) return std::unexpected(view.error());
  auto prepared = at_branch(*view, call, argument(call, "name"));
  if (!prepared || prepared->judgement.denied()) return prepared;
  if (prepared->expected.empty()) return std::unexpected(Reason::NotFound);
  // To delete where a symbolic branch leads is not what was asked.
  const bool symbolic = prepared->ref != std::string(kHeads) + argument(call, "name");
  if (symbolic) return std::unexpected(Reason::RefInvalid);
  return prepared;
}

OrReason<Prepared> prepare_tag(const ChangeCall& call) {
  const auto view = open_view(call);
  if (!view) return std::unexpected(view.error());
  const auto target = view->resolve(argument(call, "target"));
  if (!target) return std::unexpected(target.error());
  Prepared prepared{.judgement = call.judgement,
                    .ref = std::string(kTags) + argument(call, "name"),
                    .target = *target};
  const auto there = view->git().find_ref(prepared.ref);
  if (!there) return std::unexpected(reason_of(there.error()));
  const auto place = has_place(*view, prepared.ref);
  if (!place) return std::unexpected(place.error());
  if (*there || !*place) return std::unexpected(Reason::RefExists);  // a tag never moves
  return prepared;
}

/// Commits what was planned, now for good. What comes out must be what was judged.
OrReason<std::string> make_commit(const RepositoryView& view, const ChangeCall& call,
                                  const Plan& plan, Prepared& prepared) {
  const auto old_tree = git::tree_id(view.git(), plan.base);
  if (!old_tree) return std::unexpected(reason_of(old_tree.error()));
  const auto tree = git::write_tree(view.git(), *old_tree, plan.edits);
  if (!tree) return std::unexpected(reason_of(tree.error()));
  if (*tree != plan.tree) return std::unexpected(Reason::RepoUnavailable);
  std::string message = argument(call, "message");
  while (message.ends_with('\n')) message.pop_back();
  const auto commit = git::write_commit(
      view.git(), *tree, plan.base,
      {.author_name = plain(call.subject),
       .author_email = fmt::format("{}@{}.invalid", plain(call.subject), plain(call.tenant)),
       .time = call.now,
       .message = fmt::format("{}\n\nTool-Decision: {}\n", message, call.decision)});
  if (!commit) return std::unexpected(reason_of(commit.error()));
  const auto moved = git::move_ref(view.git(), prepared.ref, prepared.expected, *commit);
  if (!moved) return std::unexpected(reason_of(moved.error()));
  prepared.target = *commit;
  json::Writer writer;
  writer.begin_object().member("commit", *commit).member("tree", *tree);
  writer.member("ref", prepared.ref).key("effects").raw(effects_json(plan.changes));
  return writer.end_object().take();
}

std::string ref_json(const Prepared& prepared, const git::Oid& oid) {
  json::Writer writer;
  return writer.begin_object().member("ref", prepared.ref).member("oid", oid).end_object().take();
}

}  // namespace

Reason check_message(std::string_view text) {
  const auto controls = [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == '\x7f';
  };
  if (std::ranges::any_of(text, controls) ||
      text.find_first_not_of(" \n\t") == std::string_view::npos) {
    return Reason::ArgSchema;
  }
  return policy::check_added_text({text}, false);
}

OrReason<Prepared> prepare_change(const ChangeCall& call) {
  switch (call.tool) {
    case Tool::MergeRequestOpen:
      return prepare_merge(call);
    case Tool::PatchApply:
    case Tool::FileEdit:
      return prepare_commit(call);
    case Tool::BranchCreate:
      return prepare_branch_create(call);
    case Tool::BranchDelete:
      return prepare_branch_delete(call);
    case Tool::TagCreate:
      return prepare_tag(call);
    default:
      return std::unexpected(Reason::ToolDisabled);
  }
}

OrReason<std::string> make_change(const ChangeCall& call, Prepared& prepared) {
  if (prepared.is_done) return ref_json(prepared, prepared.target);
  const auto view = open_view(call);
  if (!view) return std::unexpected(view.error());
  if (prepared.plan) return make_commit(*view, call, *prepared.plan, prepared);
  if (call.tool == Tool::BranchDelete) {
    const auto deleted = git::delete_ref(view->git(), prepared.ref, prepared.expected);
    if (!deleted) return std::unexpected(reason_of(deleted.error()));
    return ref_json(prepared, prepared.expected);
  }
  const auto made = git::create_ref(view->git(), prepared.ref, prepared.target);
  if (!made) {
    const bool exists = made.error().code == base::Code::Conflict;
    return std::unexpected(exists ? Reason::RefExists : reason_of(made.error()));
  }
  return ref_json(prepared, prepared.target);
}

OrReason<std::string> check_patch(const ChangeCall& call) {
  const auto view = open_in_quarantine(call);
  if (!view) return std::unexpected(view.error());
  const auto base = view->resolve(argument(call, "base"));
  if (!base) return std::unexpected(base.error());
  const auto edits = call.arguments.value("edits");
  const auto plan = edits ? plan_edits(*view, *base, *edits, call.judgement.limits)
                          : plan_patch(*view, *base, call.arguments.text("patch").value_or(""),
                                       call.judgement.limits);
  policy::Judgement judgement = call.judgement;
  if (plan) {
    policy::judge_changes(judgement, plan->changes);
  } else {
    policy::deny(judgement, Gate::Plan, plan.error());
  }
  const Reason shown = policy::shown_as(judgement.reason);
  json::Writer writer;
  writer.begin_object().member("base", *base);
  writer.member("decision", policy::to_string(judgement.effect));
  writer.member("reason", policy::to_string(shown));
  if (plan) {
    writer.key("effects").raw(effects_json(plan->changes));
    writer.member("changedLines", plan->changes.changed_lines).member("tree", plan->tree);
    writer.member("digest", base::to_hex(crypto::bytes_of(plan->digest)));
  }
  const std::string_view hint = policy::facts_of(shown).hint;
  if (!hint.empty()) writer.member("hint", hint);
  return writer.end_object().take();
}

}  // namespace srasta::tools
