#pragma once

#include "base/result.h"
#include "sandbox/host.h"

#include <string>

namespace srasta::sandbox {

/// Runs what comes over `socket`, a SOCK_SEQPACKET one, until its other end is closed: for a
/// process that starts nothing else, has no key, and is not confined, since it makes namespaces.
/// First it says what the host gives (HostReport), then each packet asks for a run: three
/// descriptors, a sealed RunOrder, a sealed tree, and the socket of this run. That gets one packet
/// with a sealed RunEnd; a run whose socket is closed before is ended. When the process ends, all
/// runs end with it.
/// As root each run has an account of its own, of a range that is held in `accounts`
/// (AccountRange).
[[nodiscard]] base::Result<void> serve_runs(int socket, const Programs& programs,
                                            const std::string& accounts);

}  // namespace srasta::sandbox
