#pragma once

#include "audit/event.h"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace srasta::audit {

/// Heads of other streams that wait for a record to carry them. Any thread.
class NotedHeads {
 public:
  struct Noted {
    std::string stream;
    uint64_t records = 0;
    crypto::Digest leaf{};

    /// Valid as long as this object.
    [[nodiscard]] SeenHead head() const {
      return {.stream = Label(std::string_view(stream)), .records = records, .leaf = leaf};
    }
  };

  /// In the place of the one that the stream showed before. One that has been handed out once, and
  /// that of a stream beyond the sixteenth, is passed over.
  void add(const SeenHead& seen);
  /// The one that waits longest.
  [[nodiscard]] std::optional<Noted> take();

 private:
  struct Entry {
    Noted noted;
    bool waits = false;
  };

  std::atomic<uint32_t> waiting_{0};  // of `entries_`, so that most records need no lock
  std::mutex mutex_;
  std::vector<Entry> entries_;
};

}  // namespace srasta::audit
