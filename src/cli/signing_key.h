#pragma once

#include "base/result.h"

#include <string>

namespace srasta::cli {

/// Makes an Ed25519 key in a new file of mode 0600, PKCS#8 PEM; its public half, base64url.
[[nodiscard]] base::Result<std::string> make_signing_key(const std::string& file);

}  // namespace srasta::cli
