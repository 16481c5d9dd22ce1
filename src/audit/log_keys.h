#pragma once

#include "base/file.h"
#include "base/result.h"
#include "tlog/note_key.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::audit {

/// Of these keys those that are log keys of a stream (Ed25519, named by the installation or by the
/// stream's origin), under the name of the origin, as signatures have it.
[[nodiscard]] std::vector<tlog::VerifierKey> log_keys_of(const std::string& origin,
                                                         std::string_view installation,
                                                         std::span<const tlog::VerifierKey> known);

/// `keys/log.pub` of `<data>/audit`. Invalid when it is no key.
[[nodiscard]] base::Result<tlog::VerifierKey> read_own_log_key(base::FileSystem& files,
                                                               const std::string& audit_folder);

}  // namespace srasta::audit
