#include "identity/replay_window.h"

#include <algorithm>

namespace srasta::identity {

ReplayWindow::Verdict ReplayWindow::use(const std::string& sender, uint64_t counter,
                                        base::WallTime timestamp, base::WallTime now) {
  auto found = senders_.find(sender);
  if (found == senders_.end()) {
    if (timestamp <= started_) return Verdict::Replay;
    if (senders_.size() >= kMaxSenders) forget_old(now);
    if (senders_.size() >= kMaxSenders) return Verdict::Busy;
    found =
        senders_.emplace(sender, Sender{.highest = counter, .used = {}, .newest = timestamp}).first;
  }
  Sender& known = found->second;
  if (counter > known.highest) {
    const uint64_t step = counter - known.highest;
    known.used = step < kWidth ? known.used << step : std::bitset<kWidth>{};
    known.highest = counter;
  }
  const uint64_t back = known.highest - counter;
  if (back >= kWidth || known.used.test(back)) return Verdict::Replay;
  known.used.set(back);
  known.newest = std::max(known.newest, timestamp);
  return Verdict::Fresh;
}

void ReplayWindow::forget_old(base::WallTime now) {
  std::erase_if(senders_, [&](const auto& entry) { return now > entry.second.newest + skew_; });
}

}  // namespace srasta::identity
