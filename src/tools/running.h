#pragma once

#include "policy/arguments.h"
#include "policy/judgement.h"
#include "sandbox/runner_client.h"
#include "tools/repository_view.h"
#include "tools/workspaces.h"

#include <cstdint>
#include <optional>
#include <string>

namespace srasta::tools {

/// How strong a sandbox is, as policies call it.
[[nodiscard]] sandbox::Tier tier_of(policy::SandboxTier tier);

/// A call that runs a command, after its gates let it pass. Runs on threads of pools; everything
/// outlives it.
struct RunCall {
  const policy::Repository& rules;
  const policy::Command& command;
  policy::SandboxTier min_tier = policy::SandboxTier::T1c;
  const git::Registration& registration;
  const policy::Arguments& arguments;
  const policy::Judgement& judgement;
  const Workspace* workspace = nullptr;  ///< in place of the argument `ref`
};

/// A run that can begin: the files that its caller may read of one commit, and what to do there.
struct PreparedRun {
  git::Oid commit;
  sandbox::RunOrder order;
  base::Descriptor tree;
  uint64_t left_out = 0;  ///< links, submodules, and what the caller is not shown
};

/// Nothing runs yet. Reasons of revisions; PATCH_INFLATED_TOO_LARGE when the files are more than a
/// sandbox holds.
[[nodiscard]] OrReason<PreparedRun> prepare_run(const RunCall& call);

/// What came of it.
struct Ran {
  std::string result;  ///< one JSON object
  /// TIMEOUT or CANCELLED when the run was ended, for the record.
  policy::Reason ended_by = policy::Reason::None;
  /// Of the files that it changed, where those are taken.
  std::optional<crypto::Digest> effects = std::nullopt;
};

/// SANDBOX_TIER or SANDBOX_UNAVAILABLE when nothing ran; CMD_UNKNOWN when this host does not have
/// the program.
[[nodiscard]] policy::Reason reason_of_refusal(const base::Error& error);

/// Puts the end of a run into words. What it changed is judged as a patch would be; nothing of it
/// is written.
[[nodiscard]] OrReason<Ran> describe_run(const RunCall& call, const PreparedRun& prepared,
                                         const sandbox::RunEnd& end);

/// Remembers in the workspace what the run changed; false, and nothing is, when that is too much.
[[nodiscard]] bool keep_changes(Workspace& workspace, const sandbox::RunEnd& end);

}  // namespace srasta::tools
