#pragma once

#include "base/file.h"
#include "base/result.h"
#include "crypto/hash.h"
#include "tlog/checkpoint.h"
#include "tlog/note.h"
#include "tlog/note_key.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::audit {

/// A checkpoint that lies in a stream's folder (docs/formats/audit-log.md, "Checkpoints").
struct SignedHead {
  tlog::Note note;
  tlog::Checkpoint checkpoint;
};

/// Nothing when there is no such file; Corrupt when it is no checkpoint of `origin`.
[[nodiscard]] base::Result<std::optional<SignedHead>> read_head(base::FileSystem& files,
                                                                const std::string& path,
                                                                std::string_view origin);

/// Whether `key` signed it, and no line of `key` is wrong.
[[nodiscard]] bool is_signed_by(const SignedHead& head, const tlog::VerifierKey& key);

/// Signs the head of a tree.
[[nodiscard]] base::Result<SignedHead> sign_head(std::string_view origin, uint64_t size,
                                                 const crypto::Digest& root,
                                                 const tlog::SignerKey& key);

/// Replaces the file durably.
[[nodiscard]] base::Result<void> write_head(base::FileSystem& files, const std::string& path,
                                            const SignedHead& head);

}  // namespace srasta::audit
