#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "tlog/note_key.h"

#include <string>
#include <string_view>
#include <vector>

namespace srasta::recovery {

/// The key that opens backup sets. The platform keeps the public half only, in keys/recovery.pub.
struct RecoveryKey {
  base::Secret identity;  ///< a line AGE-SECRET-KEY-1...
  std::string recipient;  ///< age1...
};

/// By age-keygen.
[[nodiscard]] base::Result<RecoveryKey> make_recovery_key();

/// In `<data>/keys`.
[[nodiscard]] std::string recipient_file(const std::string& data_folder);
/// NotFound while there is none; Corrupt when it is no X25519 recipient of age.
[[nodiscard]] base::Result<std::string> read_recipient(const std::string& data_folder);
/// Conflict when there is one already: what it opened, another one would not.
[[nodiscard]] base::Result<void> keep_recipient(const std::string& data_folder,
                                                const std::string& recipient);

/// What the keeper of the recovery key has: the identity, and by which key sets are signed.
struct Identity {
  base::Secret text;                      ///< as age reads it
  std::vector<tlog::VerifierKey> pinned;  ///< of lines `# srasta log key: ...`
};
/// Invalid when there is no identity in it, or a pinned key is none.
[[nodiscard]] base::Result<Identity> parse_identity(base::Secret text);
/// The comment that `parse_identity` reads.
[[nodiscard]] std::string pin_line(std::string_view log_key);

}  // namespace srasta::recovery
