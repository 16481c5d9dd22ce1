#include "tools/running.h"

#include "policy/change.h"
#include "policy/command_line.h"
#include "sandbox/beneath.h"

#include <algorithm>
#include <chrono>

namespace srasta::tools {

using policy::Reason;

namespace {

constexpr uint64_t kLargestTree = 128ULL << 20;
constexpr uint64_t kMostFiles = 50'000;
/// For what a run makes besides the files that it gets.
constexpr uint64_t kRoomToWork = 128ULL << 20;
constexpr sandbox::CaptureLimits kCaptured{
    .entries = 100'000, .changes = 1'000, .bytes = 16ULL << 20};

template <typename Number>
Number at_least_one(int64_t value) {
  return static_cast<Number>(std::max<int64_t>(value, 1));
}

sandbox::Limits limits_of(const RunCall& call) {
  const policy::RunLimits& run = call.judgement.limits.run;
  const base::Millis asked(call.arguments.integer("timeoutMs").value_or(run.wall.count()));
  const auto cpu = std::chrono::ceil<base::Seconds>(run.cpu);
  return {.wall = std::min(run.wall, asked),
          .cpu = std::max(cpu, base::Seconds(1)),
          .memory = at_least_one<uint64_t>(run.memory_bytes),
          .processes = at_least_one<uint32_t>(run.processes),
          .open_files = at_least_one<uint32_t>(run.open_files),
          .file_size = at_least_one<uint64_t>(run.file_bytes),
          .tree_bytes = kLargestTree + kRoomToWork,
          .tmp_bytes = at_least_one<uint64_t>(run.tmp_bytes),
          .files = 2 * kMostFiles,
          .output_kept = static_cast<size_t>(std::max<int64_t>(run.output_bytes, 0))};
}

sandbox::RunOrder order_of(const RunCall& call) {
  sandbox::RunOrder order;
  order.job.argv = policy::command_line(call.command, call.arguments);
  order.job.argv.insert(order.job.argv.begin(), call.command.program);
  order.job.environment = call.command.environment;
  // What a template says besides does not reach these.
  order.job.environment["PATH"] = "/usr/bin";
  order.job.environment["HOME"] = "/tmp";
  order.job.environment["TMPDIR"] = "/tmp";
  order.job.environment["LANG"] = "C.UTF-8";
  order.job.limits = limits_of(call);
  order.job.min_tier = tier_of(call.min_tier);
  order.capture = call.command.captures_changes || call.workspace != nullptr;
  order.capture_limits = kCaptured;
  return order;
}

/// The files of a commit on their way to a sandbox, with what a workspace made of them.
class Export {
 public:
  Export(const RepositoryView& view, const Workspace* workspace, sandbox::TreeMessage& tree)
      : view_(view), workspace_(workspace), tree_(tree) {}

  git::Walk visit(const git::Entry& entry) {
    if (entry.kind == git::EntryKind::Folder) {
      // What may lie in it is asked one by one.
      return git::Walk::Continue;
    }
    if (view_.hides(entry.path) || !sandbox::is_plain_path(entry.path) ||
        entry.kind != git::EntryKind::File) {
      ++left_out_;
      return git::Walk::Continue;
    }
    if (workspace_ != nullptr && workspace_->files.contains(entry.path)) return git::Walk::Continue;
    add_blob(entry);
    return wrong_ == Reason::None ? git::Walk::Continue : git::Walk::Stop;
  }

  void add_overlay() {
    if (workspace_ == nullptr) return;
    for (const auto& [path, file] : workspace_->files) {
      if (file.bytes) add(path, *file.bytes, file.executable);
    }
  }

  [[nodiscard]] uint64_t left_out() const { return left_out_; }
  [[nodiscard]] Reason wrong() const { return wrong_; }

 private:
  void add_blob(const git::Entry& entry) {
    const auto bytes = git::read_blob(view_.git(), entry.oid, kLargestTree - bytes_);
    if (bytes) return add(entry.path, *bytes, entry.mode == policy::kExecutableMode);
    const bool large = bytes.error().code == base::Code::TooLarge;
    wrong_ = large ? Reason::PatchInflatedTooLarge : reason_of(bytes.error());
  }

  void add(std::string_view path, std::string_view bytes, bool executable) {
    bytes_ += bytes.size();
    if (bytes_ > kLargestTree || ++files_ > kMostFiles) {
      wrong_ = Reason::PatchInflatedTooLarge;
    } else if (!tree_.add(path, bytes, executable)) {
      wrong_ = Reason::SandboxUnavailable;
    }
  }

  const RepositoryView& view_;
  const Workspace* workspace_;
  sandbox::TreeMessage& tree_;
  uint64_t bytes_ = 0;
  uint64_t files_ = 0;
  uint64_t left_out_ = 0;
  Reason wrong_ = Reason::None;
};

OrReason<base::Descriptor> export_tree(const RepositoryView& view, const RunCall& call,
                                       PreparedRun& prepared) {
  auto tree = sandbox::TreeMessage::make();
  if (!tree) return std::unexpected(Reason::SandboxUnavailable);
  Export exported(view, call.workspace, *tree);
  const auto walked =
      git::walk_tree(view.git(), prepared.commit, "", true,
                     [&exported](const git::Entry& entry) { return exported.visit(entry); });
  if (!walked) return std::unexpected(reason_of(walked.error()));
  if (exported.wrong() == Reason::None) exported.add_overlay();
  if (exported.wrong() != Reason::None) return std::unexpected(exported.wrong());
  prepared.left_out = exported.left_out();
  auto sealed = std::move(*tree).seal();
  if (!sealed) return std::unexpected(Reason::SandboxUnavailable);
  return *std::move(sealed);
}

}  // namespace

sandbox::Tier tier_of(policy::SandboxTier tier) {
  switch (tier) {
    case policy::SandboxTier::T3:
      return sandbox::Tier::T3;
    case policy::SandboxTier::T1:
      return sandbox::Tier::T1;
    case policy::SandboxTier::T1c:
      return sandbox::Tier::T1c;
  }
  return sandbox::Tier::T1c;
}

OrReason<PreparedRun> prepare_run(const RunCall& call) {
  const auto view =
      RepositoryView::open(call.rules, call.registration, call.judgement.limits.request.timeout);
  if (!view) return std::unexpected(view.error());
  PreparedRun prepared;
  if (call.workspace != nullptr) {
    prepared.commit = call.workspace->commit;
  } else {
    auto commit = view->resolve(call.arguments.text("ref").value_or(""));
    if (!commit) return std::unexpected(commit.error());
    prepared.commit = *std::move(commit);
  }
  auto tree = export_tree(*view, call, prepared);
  if (!tree) return std::unexpected(tree.error());
  prepared.tree = *std::move(tree);
  prepared.order = order_of(call);
  return prepared;
}

Reason reason_of_refusal(const base::Error& error) {
  switch (error.code) {
    case base::Code::Unsupported:
      return Reason::SandboxTier;
    case base::Code::NotFound:
      return Reason::CmdUnknown;
    case base::Code::TooLarge:
      return Reason::PatchInflatedTooLarge;
    default:
      return Reason::SandboxUnavailable;
  }
}

bool keep_changes(Workspace& workspace, const sandbox::RunEnd& end) {
  if (!end.changes) return !end.too_much_to_capture;
  auto files = workspace.files;
  for (const sandbox::Change& change : *end.changes) {
    const bool gone = change.kind == sandbox::Change::Kind::Removed;
    files[change.path] = {.bytes = gone ? std::nullopt : std::optional(change.bytes),
                          .executable = change.executable};
  }
  uint64_t bytes = 0;
  for (const auto& [path, file] : files)
    bytes += path.size() + (file.bytes ? file.bytes->size() : 0);
  if (bytes > Workspaces::kMostBytes) return false;
  workspace.files = std::move(files);
  return true;
}

}  // namespace srasta::tools
