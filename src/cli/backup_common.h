#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "config/config.h"
#include "recovery/recovery_key.h"
#include "recovery/restore_set.h"
#include "tlog/note.h"

#include <string>
#include <vector>

// What the verbs of `srasta backup` share.
namespace srasta::cli {

/// `given`, else <data>/backups.
[[nodiscard]] std::string sets_folder(const std::string& data, const std::string& given);
/// A path, or the id of a set in <data>/backups.
[[nodiscard]] std::string set_path(const std::string& data, const std::string& given);

struct LogKey {
  base::Secret pem;
  tlog::SignerKey signer;  ///< named by the install id
};
/// NotFound before the first start; Denied for who does not keep the keys.
[[nodiscard]] base::Result<LogKey> load_log_key(const std::string& data);

/// Prints the recovery key, the one time that it is to be seen. An error when there is one.
[[nodiscard]] base::Result<void> make_and_print_key(const std::string& data, const LogKey& log_key);

/// Of --identity: a file, or - for standard input.
[[nodiscard]] base::Result<recovery::Identity> read_identity(const std::string& path);
/// Whether the set is signed by who may sign it: what --trust names, what stands beside the
/// recovery key (null: not given), the installation on this host. Never what the set says itself.
[[nodiscard]] base::Result<void> check_signed(const recovery::SetFolder& set,
                                              const std::string& trust,
                                              const recovery::Identity* identity,
                                              const std::string& data);
/// That the rules of the configuration and of the users can be put in force together.
[[nodiscard]] base::Result<void> compile_rules(const std::string& folder,
                                               const config::Environment& environment);

/// A child that ends early must not end this process.
void ignore_broken_pipes();

}  // namespace srasta::cli
