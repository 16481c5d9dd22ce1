#pragma once

#include "audit/leaf_reader.h"
#include "audit/signed_head.h"
#include "audit/tile_writer.h"
#include "base/file.h"
#include "base/result.h"
#include "base/secret.h"
#include "tlog/compact_range.h"
#include "tlog/note_key.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::audit {

/// The checkpointer's side of one stream: it computes the tree anew from what lies on the disk, and
/// signs what the writer signed only if both say the same and the tree continues the last
/// checkpoint (docs/formats/audit-log.md, "Checkpoints"). One thread.
class Countersigner {
 public:
  struct Place {
    base::FileSystem* files;
    std::string folder;  ///< of the stream
    std::string origin;
  };

  /// Goes on from the stream's `checkpoint`. Corrupt when the stream does not continue it.
  [[nodiscard]] static base::Result<Countersigner> open(Place place, const base::Secret& log_key);

  /// Looks at `head`: writes tiles, `checkpoints.log` and `checkpoint` when it is new. Nothing when
  /// there is nothing new. Corrupt: the writer signed something else than what is there; said again
  /// at each call until that changes.
  [[nodiscard]] base::Result<std::optional<tlog::Checkpoint>> look();

  [[nodiscard]] const std::string& origin() const { return place_.origin; }

 private:
  Countersigner(Place place, tlog::SignerKey key)
      : place_(std::move(place)),
        key_(std::move(key)),
        leaves_(*place_.files, place_.folder),
        tiles_(*place_.files, place_.folder) {}

  [[nodiscard]] base::Result<void> resume();
  [[nodiscard]] base::Result<void> resume_from_tiles(const tlog::Checkpoint& last);
  [[nodiscard]] base::Result<void> read_to(uint64_t size);
  [[nodiscard]] base::Result<void> check(const SignedHead& head) const;
  [[nodiscard]] base::Result<void> publish(const SignedHead& head);
  [[nodiscard]] base::Result<void> append_to_log(std::string_view note);
  [[nodiscard]] base::Result<void> cut_torn_note(base::File& log) const;
  [[nodiscard]] base::Error mismatch(const std::string& what) const;
  [[nodiscard]] std::string path_of(const std::string& name) const {
    return place_.folder + "/" + name;
  }

  Place place_;
  tlog::SignerKey key_;
  LeafReader leaves_;
  TileWriter tiles_;
  tlog::CompactRange tree_;
  std::map<uint64_t, uint64_t> epochs_;  ///< by the tree's size with the record: its number
  std::string seen_;                     ///< text of the last head that was signed
  uint64_t signed_size_ = 0;
  bool log_whole_ = false;  ///< `checkpoints.log` ends with a whole note
};

}  // namespace srasta::audit
