// What a run came to, in words.
#include "base/base64.h"
#include "base/encoding.h"
#include "git/diff.h"
#include "json/writer.h"
#include "policy/evaluate.h"
#include "sandbox/output_text.h"
#include "tools/plan.h"
#include "tools/running.h"

#include <chrono>

namespace srasta::tools {

using policy::Gate;
using policy::Reason;
using sandbox::Outcome;

namespace {

constexpr unsigned kContext = 3;
constexpr size_t kLargestShown = size_t{1} << 20;

int64_t millis_of(base::Micros duration) {
  return std::chrono::duration_cast<base::Millis>(duration).count();
}

void write_output(json::Writer& writer, std::string_view name, const sandbox::Output& output) {
  const bool whole = output.head.size() + output.tail.size() == output.bytes_total;
  writer.key(name).begin_object();
  if (whole) {
    writer.member("head", sandbox::to_text(output.head + output.tail).text).member("tail", "");
  } else {
    writer.member("head", sandbox::to_text(output.head).text);
    writer.member("tail", sandbox::to_text(output.tail).text);
  }
  writer.member("bytes", static_cast<int64_t>(output.bytes_total)).member("truncated", !whole);
  writer.end_object();
}

/// As `file_edit` takes them.
std::string edits_of(const std::vector<sandbox::Change>& changes) {
  json::Writer writer;
  writer.begin_array();
  for (const sandbox::Change& change : changes) {
    const bool gone = change.kind == sandbox::Change::Kind::Removed;
    writer.begin_object().member("op", gone ? "delete" : "put").member("path", change.path);
    if (!gone) writer.member("contentBase64", base::to_base64(change.bytes));
    writer.end_object();
  }
  return writer.end_array().take();
}

/// The patch that leads from the commit to what was planned.
OrReason<std::string> patch_of(const RepositoryView& view, const Plan& plan) {
  const auto before = git::tree_id(view.git(), plan.base);
  if (!before) return std::unexpected(reason_of(before.error()));
  const auto changes = git::compare_trees(view.git(), *before, plan.tree);
  if (!changes) return std::unexpected(reason_of(changes.error()));
  std::string patch;
  for (const git::FileChange& change : *changes) {
    const auto text = git::compare_contents(view.git(), change, kContext, kLargestShown);
    if (!text) return std::unexpected(reason_of(text.error()));
    patch += text->patch;
  }
  return patch;
}

/// What the run changed, judged as a patch is.
class CapturedChanges {
 public:
  CapturedChanges(const RunCall& call, const git::Oid& commit)
      : call_(call), commit_(commit), judgement_(call.judgement) {}

  /// What cannot be planned is denied, and so is what was too much to be taken.
  void judge(const sandbox::RunEnd& end) {
    const Reason wrong = end.changes ? plan(*end.changes) : Reason::PatchInflatedTooLarge;
    if (wrong != Reason::None) policy::deny(judgement_, Gate::Plan, wrong);
  }

  void write(json::Writer& writer) const {
    const Reason shown = policy::shown_as(judgement_.reason);
    writer.key("captured").begin_object();
    writer.member("decision", policy::to_string(judgement_.effect));
    writer.member("reason", policy::to_string(shown));
    if (plan_) {
      writer.key("effects").raw(effects_json(plan_->changes));
      writer.member("digest", base::to_hex(crypto::bytes_of(plan_->digest)));
    }
    // Of what is denied nobody gets a patch to try elsewhere.
    if (plan_ && !judgement_.denied()) writer.member("patch", patch_);
    const std::string_view hint = policy::facts_of(shown).hint;
    if (!hint.empty()) writer.member("hint", hint);
    writer.end_object();
  }

  [[nodiscard]] std::optional<crypto::Digest> digest() const {
    return plan_ ? std::optional(plan_->digest) : std::nullopt;
  }

 private:
  Reason plan(const std::vector<sandbox::Change>& changes) {
    const auto document = json::Document::parse("{\"edits\":" + edits_of(changes) + "}");
    const auto edits = document ? document->root().find("edits") : std::nullopt;
    if (!edits) return Reason::PatchParse;
    auto view =
        RepositoryView::open(call_.rules, call_.registration, judgement_.limits.request.timeout);
    if (!view) return view.error();
    if (const auto kept = view->quarantine(); !kept) return reason_of(kept.error());
    auto plan = plan_edits(*view, commit_, *edits, judgement_.limits);
    if (!plan) return plan.error();
    policy::judge_changes(judgement_, plan->changes);
    plan_ = *std::move(plan);
    auto patch = patch_of(*view, *plan_);
    if (!patch) return patch.error();
    patch_ = *std::move(patch);
    return Reason::None;
  }

  const RunCall& call_;
  const git::Oid& commit_;
  policy::Judgement judgement_;
  std::optional<Plan> plan_;
  std::string patch_;
};

Reason ended_by(Outcome outcome) {
  if (outcome == Outcome::Timeout) return Reason::Timeout;
  if (outcome == Outcome::Cancelled) return Reason::Cancelled;
  return Reason::None;
}

}  // namespace

OrReason<Ran> describe_run(const RunCall& call, const PreparedRun& prepared,
                           const sandbox::RunEnd& end) {
  Ran ran{.result = {}, .ended_by = ended_by(end.outcome)};
  json::Writer writer;
  writer.begin_object().member("outcome", to_string(end.outcome));
  if (end.outcome == Outcome::Exited) writer.member("exitCode", int64_t{end.status});
  if (end.outcome == Outcome::Signalled) writer.member("signal", int64_t{end.signal});
  writer.member("commit", prepared.commit).member("tier", to_string(end.tier));
  writer.member("wallMs", millis_of(end.wall)).member("cpuMs", millis_of(end.cpu));
  writer.member("maxRssBytes", static_cast<int64_t>(end.max_rss_bytes));
  write_output(writer, "stdout", end.output);
  write_output(writer, "stderr", end.errors);
  writer.member("leftOut", static_cast<int64_t>(prepared.left_out));
  const bool changed = end.too_much_to_capture || (end.changes && !end.changes->empty());
  if (call.command.captures_changes && changed) {
    CapturedChanges captured(call, prepared.commit);
    captured.judge(end);
    captured.write(writer);
    ran.effects = captured.digest();
  }
  ran.result = writer.member("trust", "untrusted").end_object().take();
  return ran;
}

}  // namespace srasta::tools
