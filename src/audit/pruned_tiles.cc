#include "audit/pruned_tiles.h"

#include "audit/prune_authority.h"
#include "audit/stored_records.h"
#include "audit/tile_files.h"
#include "tlog/tile.h"
#include "tlog/tile_reader.h"

#include <set>
#include <utility>

namespace srasta::audit {
namespace {

using tlog::kHashBytes;
using tlog::kTileHeight;
using tlog::kTileWidth;

std::string kept_folder(const std::string& stream_folder) {
  return stream_folder + "/pruned";
}

std::string parent_of(const std::string& path) {
  return path.substr(0, path.find_last_of('/'));
}

class Keeper {
 public:
  Keeper(base::FileSystem& files, const std::string& folder, const PrunedPrefix& pruned)
      : files_(files),
        folder_(folder),
        pruned_(pruned),
        fetch_(stored_tiles(files, folder)),
        nodes_(pruned.upto(), fetch_) {}

  base::Result<void> run() {
    SRASTA_TRY_ASSIGN(const auto tree, tlog::CompactRange::restore(pruned_.upto(), nodes_));
    if (tree.hashes() != pruned_.tree.hashes()) return wrong("tile", "other roots");
    for (const tlog::TileRow& row : tlog::tile_rows(pruned_.upto())) SRASTA_TRY(keep_row(row));
    for (const std::string& changed : changed_) SRASTA_TRY(files_.sync_folder(changed));
    return {};
  }

 private:
  [[nodiscard]] base::Error wrong(const std::string& path, const std::string& what) const {
    return base::make_error(base::Code::Corrupt,
                            folder_ + "/" + path + ": " + what +
                                " than the records give, and once these are gone it cannot be made "
                                "again; stop `srasta up` and run `srasta audit fsck "
                                "--rebuild-tiles` first");
  }

  base::Result<void> keep_row(const tlog::TileRow& row) {
    const uint64_t end = row.first + row.full;
    for (uint64_t index = pruned_.from >> (kTileHeight * (row.level + 1)); index < end; ++index) {
      SRASTA_TRY(keep_full(row.level, index));
    }
    if (row.partial == 0) return {};
    const std::string path =
        tlog::tile_path({.level = row.level, .index = end, .width = row.partial});
    SRASTA_TRY_ASSIGN(const std::string bytes, fetch_(path));
    const std::string copy = kept_folder(folder_) + "/" + path;
    SRASTA_TRY(files_.make_folder(parent_of(copy)));
    note_folders(copy);
    return base::write_file_atomic(files_, copy, bytes);
  }

  /// Full tiles stay where they are.
  base::Result<void> keep_full(unsigned level, uint64_t index) {
    const std::string path = tlog::tile_path({.level = level, .index = index});
    SRASTA_TRY_ASSIGN(const std::string bytes, fetch_(path));
    tlog::CompactRange tile;
    for (size_t at = 0; at + kHashBytes <= bytes.size(); at += kHashBytes) {
      const auto hash = crypto::digest_from(std::string_view(bytes).substr(at, kHashBytes));
      if (hash) tile.append(*hash);
    }
    SRASTA_TRY_ASSIGN(const crypto::Digest above, nodes_.node(kTileHeight * (level + 1), index));
    if (tile.size() != kTileWidth || tile.root() != above) return wrong(path, "other hashes");
    SRASTA_TRY_ASSIGN(const auto file, files_.open(folder_ + "/" + path, base::OpenMode::Read));
    note_folders(folder_ + "/" + path);
    return file->sync();
  }

  /// All folders from the file's up to the stream's.
  void note_folders(std::string path) {
    while (path.size() > folder_.size()) {
      path = parent_of(path);
      if (!changed_.insert(path).second) return;
    }
  }

  base::FileSystem& files_;
  const std::string& folder_;
  const PrunedPrefix& pruned_;
  const tlog::TileReader::Fetch fetch_;
  tlog::TileReader nodes_;
  std::set<std::string> changed_;
};

}  // namespace

base::Result<void> keep_tiles(base::FileSystem& files, const std::string& stream_folder,
                              const PrunedPrefix& pruned) {
  return Keeper(files, stream_folder, pruned).run();
}

base::Result<TreeBegin> find_tree_begin(base::FileSystem& files, const std::string& stream_folder,
                                        const std::string& origin) {
  TreeBegin begin{.tree = {}, .tiles = TileWriter(files, stream_folder)};
  const StoredRecords records(files, stream_folder);
  SRASTA_TRY_ASSIGN(const auto segments, records.segments());
  if (segments.empty() || segments.front() == 0) return begin;
  const size_t slash = origin.find('/');
  const auto prunes = authorised_prunes_of(files, parent_of(stream_folder), origin.substr(0, slash),
                                           origin.substr(slash + 1));
  const auto pruned = prune_for(prunes, segments.front());
  if (!pruned) {
    return base::make_error(base::Code::Corrupt, stream_folder + ": the records before number " +
                                                     std::to_string(segments.front()) +
                                                     " are missing, and nothing allows that");
  }
  begin.tree = pruned->tree;
  begin.epoch = pruned->epoch;
  begin.epoch_from = pruned->epoch_from;
  SRASTA_TRY_ASSIGN(
      begin.tiles,
      TileWriter::resume_behind(files, stream_folder, kept_folder(stream_folder), pruned->upto()));
  return begin;
}

}  // namespace srasta::audit
