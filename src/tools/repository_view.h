#pragma once

#include "git/repository.h"
#include "git/stage.h"
#include "git/tree.h"
#include "policy/policy.h"
#include "policy/reason.h"
#include "policy/ref_name.h"

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::tools {

template <typename T>
using OrReason = std::expected<T, policy::Reason>;

/// A repository as one policy shows it: refs that may be read, commits that they lead to, paths
/// that are not hidden. For one thread at a time; made anew for each call.
class RepositoryView {
 public:
  /// For one call, which may read until `timeout` is over: then all that asks for more ends with
  /// TIMEOUT. REPO_CONFIG_TAMPERED, REPO_UNAVAILABLE. `rules` outlive the view.
  [[nodiscard]] static OrReason<RepositoryView> open(const policy::Repository& rules,
                                                     const git::Registration& registration,
                                                     base::Millis timeout);

  /// The one commit that `text` names. REF_INVALID, REF_NOT_ALLOWED, NOT_FOUND.
  [[nodiscard]] OrReason<git::Oid> resolve(std::string_view text) const;
  /// Branches that may be read, by name.
  [[nodiscard]] OrReason<std::vector<git::Ref>> branches() const;
  /// Short name of the default branch; empty when it may not be read.
  [[nodiscard]] std::string default_branch() const;

  /// Whether what lies at `path` is nobody's to see: the policy says so, or it is no path that
  /// anybody could name.
  [[nodiscard]] bool hides(std::string_view path) const;
  /// The same of a folder, or of whatever lies in it.
  [[nodiscard]] bool hides_folder(std::string_view path) const;
  /// NOT_FOUND unless there is something at `path`, which the call's own gates let pass.
  [[nodiscard]] OrReason<git::Entry> entry(const git::Oid& commit, std::string_view path) const;

  /// Keeps what is written through this view in memory (`git::quarantine`).
  base::Result<void> quarantine() { return git::quarantine(repository_); }
  [[nodiscard]] const git::Repository& git() const { return repository_; }
  [[nodiscard]] const policy::Repository& rules() const { return *rules_; }

 private:
  RepositoryView(const policy::Repository& rules, git::Repository repository)
      : rules_(&rules), repository_(std::move(repository)) {}

  /// A symbolic ref is judged where it leads, too.
  [[nodiscard]] bool may_read(const git::Ref& ref) const;
  [[nodiscard]] OrReason<git::Oid> start_of(const policy::Revision& revision) const;
  [[nodiscard]] OrReason<git::Oid> readable_ref(std::string_view full) const;
  [[nodiscard]] OrReason<git::Oid> readable_commit(const git::Oid& oid) const;

  const policy::Repository* rules_;
  git::Repository repository_;
};

/// What a failure of git/ is called where it is nothing that the caller did.
[[nodiscard]] policy::Reason reason_of(const base::Error& error);

}  // namespace srasta::tools
