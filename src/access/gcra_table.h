#pragma once

#include "access/gcra.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace srasta::access {

/// The cells of all subjects, at most so many. Any thread. A full table makes room by retiring
/// cells whose full burst is back, which loses nothing; where none is, there is no new cell.
class GcraTable {
 public:
  explicit GcraTable(size_t most) : most_(most) {}

  /// The one cell of `key`; null when there is no room for it. A cell that answers `retired` has
  /// left the table: ask again.
  [[nodiscard]] std::shared_ptr<GcraCell> cell_of(std::string_view key, base::MonoTime now);
  /// When a table without room will look for some again.
  [[nodiscard]] base::MonoTime next_room() const { return next_sweep_.load(); }

  /// Takes effect for new cells.
  void set_most(size_t most) { most_ = most; }
  [[nodiscard]] size_t size() const { return size_; }

 private:
  struct KeyHash {
    using is_transparent = void;
    size_t operator()(std::string_view key) const noexcept {
      return std::hash<std::string_view>{}(key);
    }
  };
  struct Shard {
    std::mutex mutex;
    std::unordered_map<std::string, std::shared_ptr<GcraCell>, KeyHash, std::equal_to<>> cells;
  };

  [[nodiscard]] bool take_place(base::MonoTime now);
  void sweep(base::MonoTime now);

  std::array<Shard, 16> shards_;
  std::atomic<size_t> most_;
  std::atomic<size_t> size_{0};
  std::atomic<base::MonoTime> next_sweep_{base::MonoTime{}};
};

}  // namespace srasta::access
