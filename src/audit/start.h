#pragma once

#include "audit/event.h"
#include "audit/ledger.h"
#include "audit/log_files.h"
#include "audit/record.h"
#include "audit/recovery.h"
#include "audit/stream_lock.h"
#include "audit/tree_head.h"

#include <span>
#include <string_view>
#include <vector>

namespace srasta::audit {

/// A stream that is locked, verified and cut to its last good record.
struct Started {
  Author author;
  ChainEnd end;
  std::vector<TornTail> tails;  ///< to be told of by `log.recovered`
  std::vector<Completeness::Begun> unfinished;
  LogFiles files;
  StreamLock lock;
  TreeHead head;
};

/// Everything of `Ledger::open` that comes before its first record. Same errors.
base::Result<Started> start_stream(base::FileSystem& files, const base::Clock& clock,
                                   base::Entropy& entropy, const LedgerSettings& settings);

/// An event of the log itself.
[[nodiscard]] Event system_event(Act act);
/// `origin` must outlive the event.
[[nodiscard]] Event genesis_event(std::string_view origin);
[[nodiscard]] Event recovered_event(const TornTail& tail);
/// Their writer was killed, so nobody can tell how they ended: the log says that, rather than
/// nothing. `unfinished` must outlive the events.
[[nodiscard]] std::vector<Event> unseen_end_events(std::span<const Completeness::Begun> unfinished);

}  // namespace srasta::audit
