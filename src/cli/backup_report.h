#pragma once

#include "recovery/create_set.h"
#include "recovery/set_folder.h"
#include "recovery/verify_set.h"

#include <string>
#include <vector>

namespace srasta::cli {

/// Shows on standard error how far something is, if that is a terminal.
[[nodiscard]] recovery::Progress progress_on_terminal();

/// What a verification found.
struct BackupVerdict {
  int proved = 0;  ///< the highest level of which everything held; 0: none
  recovery::Problems problems;
  std::vector<std::string> skipped;  ///< what was not looked at, and why

  [[nodiscard]] bool good() const { return proved > 0 && problems.empty(); }
};

void print_verdict(const recovery::SetFolder& set, const BackupVerdict& verdict, bool json);
void print_created(const recovery::Manifest& manifest, const std::string& path, bool json);
void print_sets(const std::vector<recovery::ListedSet>& sets, bool json);

/// Bytes of all encrypted files.
[[nodiscard]] uint64_t stored_bytes(const recovery::Manifest& manifest);

}  // namespace srasta::cli
