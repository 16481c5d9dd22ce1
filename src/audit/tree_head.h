#pragma once

#include "audit/completeness.h"
#include "audit/epoch_keys.h"
#include "audit/signed_head.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"
#include "tlog/compact_range.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace srasta::audit {

/// The tree of a stream and the key of its epoch, as the stream's writer keeps them
/// (docs/formats/audit-log.md, "Keys" and "Checkpoints"). One thread.
class TreeHead {
 public:
  struct Place {
    base::FileSystem* files;
    std::string folder;  ///< of the stream
    std::string origin;
  };
  struct Epoch {
    uint64_t number = 0;
    base::WallTime began;
    tlog::SignerKey key;
  };

  TreeHead(Place place, Epoch epoch, tlog::CompactRange tree)
      : place_(std::move(place)),
        keys_(*place_.files, place_.folder, place_.origin),
        epoch_(std::move(epoch)),
        tree_(std::move(tree)) {}

  /// The leaf of a durable record.
  void append(const crypto::Digest& leaf) { tree_.append(leaf); }
  [[nodiscard]] uint64_t unsigned_records() const { return tree_.size() - signed_size_; }
  /// Writes `head` for everything appended; first what is left to do of a change of epochs.
  [[nodiscard]] base::Result<void> sign();
  /// Tells the next start what has begun and not ended among everything that is signed, which is
  /// everything that was appended. Nothing but the time that start takes depends on it.
  [[nodiscard]] base::Result<void> tell_under_way(std::vector<Completeness::Begun> begun) const;
  [[nodiscard]] uint64_t size() const { return tree_.size(); }

  [[nodiscard]] const Epoch& epoch() const { return epoch_; }
  /// `begin_epoch` was called, and `sign` could not do its part yet.
  [[nodiscard]] bool is_changing_epoch() const { return ending_.has_value(); }
  /// Makes the key of the next epoch, to be named in `log.epoch`.
  [[nodiscard]] base::Result<crypto::Digest> prepare_epoch();
  /// `log.epoch` with that key is durable and was appended just now. From here on `sign` uses the
  /// new key, once the end of the old epoch is signed and its key destroyed.
  void begin_epoch(base::WallTime now);

 private:
  struct Ending {
    Epoch next;
    uint64_t size;
    crypto::Digest root;
  };
  [[nodiscard]] base::Result<void> end_epoch();

  Place place_;
  EpochKeys keys_;
  Epoch epoch_;
  tlog::CompactRange tree_;
  uint64_t signed_size_ = 0;
  std::optional<tlog::SignerKey> prepared_;
  std::optional<Ending> ending_;
};

/// Signs the end of an epoch with its own key and destroys that key: what a writer does when the
/// next one has begun, and again at a start that finds it half done.
[[nodiscard]] base::Result<void> sign_epoch_end(const TreeHead::Place& place, const EpochKeys& keys,
                                                uint64_t epoch, uint64_t size,
                                                const crypto::Digest& root,
                                                const tlog::SignerKey& key);

}  // namespace srasta::audit
