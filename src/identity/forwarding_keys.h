#pragma once

#include "base/result.h"
#include "identity/forwarded_authenticator.h"
#include "json/document.h"

#include <vector>

namespace srasta::identity {

/// The keys of one direction, as the supervisor hands them over: an array of
/// {"service", "key_id", "secret", "previous_key_id"?, "previous_secret"?}, secrets in lower-case
/// hexadecimal. Code::Invalid, naming service and member but no secret, for: a member that is
/// missing or no text, a name or key id that is not 1 to 32 of a-z, 0-9 and "-", a secret that is
/// shorter than 32 bytes or one byte repeated, half a previous key, a service that is named twice,
/// a key id or a secret that is used twice: who holds one key could speak as another.
[[nodiscard]] base::Result<std::vector<ForwardingPeer>> parse_forwarding_keys(
    const json::Value& list);

}  // namespace srasta::identity
