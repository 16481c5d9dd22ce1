#pragma once

#include "policy/reason.h"
#include "policy/repo_path.h"

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

// Private to policy/: how a patch names files.
namespace srasta::policy {

/// A name as git writes it: as it is, or in quotes with escapes of C. Nothing for a quote that does
/// not close, an unknown escape, or text behind it.
[[nodiscard]] std::optional<std::string> read_name(std::string_view text);

/// The path in `a/path` or `b/path`, of `prefix`; an absolute one is PATH_ABSOLUTE, another prefix
/// PATCH_PARSE. Reasons of paths.
[[nodiscard]] std::expected<RepoPath, Reason> prefixed_path(std::string_view name, char prefix);

/// Whether `line` is `a/OLD b/NEW`, each in quotes or not.
[[nodiscard]] bool names_both(std::string_view line, const RepoPath& old_path,
                              const RepoPath& new_path);

/// The one path that `line` names twice.
[[nodiscard]] std::expected<RepoPath, Reason> path_named_twice(std::string_view line);

}  // namespace srasta::policy
