#pragma once

#include "audit/ledger.h"
#include "base/secret.h"
#include "recovery/capture.h"

#include <string>

namespace srasta::cli {

/// How a backup asks the writers of streams to hold still: services on their sockets, by
/// /internal/snapshot/begin and /end; this process itself for `own`, the ledger of the stream
/// `operator`. Both references must outlive the settings.
[[nodiscard]] recovery::CaptureSettings backup_barrier(const std::string& data_folder,
                                                       const base::Secret& log_key,
                                                       audit::Ledger& own);

}  // namespace srasta::cli
