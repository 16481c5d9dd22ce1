#pragma once

#include "base/file.h"
#include "base/result.h"
#include "tlog/note_key.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace srasta::audit {

/// `<stream folder>/epoch-<NNNNNN>.pub`; nothing if it is not there or not a key of that name, an
/// error if it cannot be read.
[[nodiscard]] base::Result<std::optional<tlog::VerifierKey>> read_epoch_key(
    base::FileSystem& files, const std::string& stream_folder, const std::string& origin,
    uint64_t epoch);

/// The epochs of a stream, as its records tell them.
class EpochSequence {
 public:
  /// Appends the epoch that begins with the record `seq`; epoch 0 has none.
  void begin(tlog::VerifierKey key, std::optional<uint64_t> seq);
  /// Begins with epoch `number` instead of 0, which began with the tree of `size` records.
  void resume(uint64_t number, tlog::VerifierKey key, uint64_t size);

  /// One more than the number of the last one.
  [[nodiscard]] uint64_t count() const { return first_ + keys_.size(); }
  /// Of an epoch that is known: not one before that of `resume`.
  [[nodiscard]] const tlog::VerifierKey& key(uint64_t epoch) const { return keys_[epoch - first_]; }
  /// To which a checkpoint of this size belongs. There must be an epoch.
  [[nodiscard]] uint64_t of_size(uint64_t size) const;
  /// The size of the checkpoint that ends the epoch; nothing while it lasts, or if it is not known.
  [[nodiscard]] std::optional<uint64_t> end_of(uint64_t epoch) const;

 private:
  uint64_t first_ = 0;
  std::vector<tlog::VerifierKey> keys_;
  std::vector<uint64_t> begins_;  // [i]: records up to the log.epoch of epoch first_ + i
};

}  // namespace srasta::audit
