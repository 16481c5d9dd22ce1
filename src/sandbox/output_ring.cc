#include "sandbox/output_ring.h"

#include <algorithm>
#include <utility>

namespace srasta::sandbox {

void OutputRing::append(std::string_view bytes) {
  total_ += bytes.size();
  const size_t first = std::min(bytes.size(), head_limit_ - head_.size());
  head_.append(bytes.substr(0, first));
  bytes.remove_prefix(first);
  if (bytes.size() > tail_limit_) bytes.remove_prefix(bytes.size() - tail_limit_);
  const size_t room = std::min(bytes.size(), tail_limit_ - tail_.size());
  tail_.append(bytes.substr(0, room));
  bytes.remove_prefix(room);
  while (!bytes.empty()) {
    const size_t piece = std::min(bytes.size(), tail_limit_ - oldest_);
    tail_.replace(oldest_, piece, bytes.substr(0, piece));
    oldest_ = (oldest_ + piece) % tail_limit_;
    bytes.remove_prefix(piece);
  }
}

Output OutputRing::take() {
  std::ranges::rotate(tail_, tail_.begin() + static_cast<std::ptrdiff_t>(oldest_));
  oldest_ = 0;
  return {.head = std::exchange(head_, {}),
          .tail = std::exchange(tail_, {}),
          .bytes_total = std::exchange(total_, 0)};
}

}  // namespace srasta::sandbox
