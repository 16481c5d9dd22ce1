#include "audit/tile_writer.h"

#include "tlog/tile.h"

namespace srasta::audit {

using tlog::kHashBytes;
using tlog::kTileHeight;
using tlog::kTileWidth;

base::Result<TileWriter> TileWriter::resume(base::FileSystem& files, std::string stream_folder,
                                            uint64_t size) {
  TileWriter writer(files, std::move(stream_folder));
  for (const tlog::TileRow& row : tlog::tile_rows(size)) {
    if (writer.rows_.size() <= row.level) writer.rows_.resize(row.level + 1);
    Row& resumed = writer.rows_[row.level];
    resumed.tile = row.first + row.full;
    if (row.partial == 0) continue;
    const std::string path = writer.path_of(row.level, resumed.tile, row.partial);
    SRASTA_TRY_ASSIGN(resumed.hashes, base::read_file(files, path, kTileWidth * kHashBytes));
    if (resumed.hashes.size() < row.partial * kHashBytes) {
      return base::make_error(base::Code::Corrupt, path + " has the wrong length");
    }
    resumed.hashes.resize(row.partial * kHashBytes);
    resumed.written = row.partial;
  }
  return writer;
}

base::Result<TileWriter> TileWriter::resume_behind(base::FileSystem& files,
                                                   std::string stream_folder,
                                                   const std::string& kept_folder, uint64_t size) {
  SRASTA_TRY_ASSIGN(TileWriter writer, resume(files, kept_folder, size));
  writer.folder_ = std::move(stream_folder);
  for (Row& row : writer.rows_) row.written = 0;
  return writer;
}

void TileWriter::add(unsigned tree_level, const crypto::Digest& hash) {
  if (tree_level % kTileHeight != 0) return;
  const unsigned level = tree_level / kTileHeight;
  if (rows_.size() <= level) rows_.resize(level + 1);
  rows_[level].hashes += crypto::bytes_of(hash);
}

base::Result<void> TileWriter::write() {
  for (unsigned level = 0; level < rows_.size(); ++level) {
    SRASTA_TRY(write_row(level, rows_[level]));
  }
  return {};
}

base::Result<void> TileWriter::write_row(unsigned level, Row& row) {
  constexpr size_t kFull = kTileWidth * kHashBytes;
  while (row.hashes.size() >= kFull) {
    SRASTA_TRY(widen(level, row, kTileWidth));
    row.written = 0;
    row.hashes.erase(0, kFull);
    ++row.tile;
  }
  const auto width = static_cast<unsigned>(row.hashes.size() / kHashBytes);
  if (width == row.written) return {};
  SRASTA_TRY(widen(level, row, width));
  row.written = width;
  return {};
}

base::Result<void> TileWriter::widen(unsigned level, const Row& row, unsigned width) {
  const std::string path = path_of(level, row.tile, width);
  const std::string_view hashes = std::string_view(row.hashes).substr(0, width * kHashBytes);
  if (row.written == 0) return put(path, hashes);
  const std::string before = path_of(level, row.tile, row.written);
  const size_t held = row.written * kHashBytes;
  SRASTA_TRY_ASSIGN(const auto file, files_->open(before, base::OpenMode::ReadWrite));
  SRASTA_TRY_ASSIGN(const base::FileIdentity is, file->identity());
  if (is.size == held) {
    SRASTA_TRY(file->append(hashes.substr(held)));
    return files_->rename(before, path);
  }
  // Somebody else had it, or this went wrong half-way.
  SRASTA_TRY(put(path, hashes));
  return files_->remove(before);
}

base::Result<void> TileWriter::put(const std::string& path, std::string_view bytes) {
  auto file = files_->open(path, base::OpenMode::CreateNew);
  if (!file) {
    // The folder is not there yet, or a tile of a larger tree is.
    SRASTA_TRY(files_->make_folder(path.substr(0, path.find_last_of('/'))));
    if (auto removed = files_->remove(path);
        !removed && removed.error().code != base::Code::NotFound) {
      return removed;
    }
    file = files_->open(path, base::OpenMode::CreateNew);
    if (!file) return std::move(file).error();
  }
  return (*file)->append(bytes);
}

std::string TileWriter::path_of(unsigned level, uint64_t tile, unsigned width) const {
  return folder_ + "/" + tlog::tile_path({.level = level, .index = tile, .width = width});
}

}  // namespace srasta::audit
