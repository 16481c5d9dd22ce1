#pragma once

#include "base/file.h"
#include "base/result.h"
#include "crypto/hash.h"
#include "evidence/index_block.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::evidence {

/// The file of one stream's index: a head that says of which log, then blocks of rows, of which
/// block i begins with record `base() + i * kRowsInBlock`. Nothing in it is needed: whatever is
/// wrong with it, it is made again from the segments. For one thread.
class IndexFile {
 public:
  /// Reads an index of the log `origin`. NotFound; Corrupt if it is something else.
  static base::Result<IndexFile> open(base::FileSystem& files, const std::string& path,
                                      std::string_view origin, base::OpenMode mode);
  /// An empty index in place of what is at `path`; its first row is that of record `base`.
  static base::Result<IndexFile> create(base::FileSystem& files, const std::string& path,
                                        std::string_view origin, uint64_t base);

  [[nodiscard]] uint64_t base() const { return base_; }
  /// How many whole blocks the file has now.
  base::Result<uint64_t> blocks();
  /// Corrupt for what is not block `number` as it was written.
  base::Result<BlockHead> head(uint64_t number);
  base::Result<void> rows(uint64_t number, const BlockHead& head, std::vector<Row>& rows);

  /// Writes a block behind the first `number`; what else is there goes. It need not be durable.
  base::Result<void> append(uint64_t number, const std::string& block);
  base::Result<base::FileIdentity> identity() { return file_->identity(); }

 private:
  IndexFile(std::unique_ptr<base::File> file, uint64_t base)
      : file_(std::move(file)), base_(base) {}
  base::Result<std::string> read(uint64_t offset, size_t size);

  std::unique_ptr<base::File> file_;
  uint64_t base_;
};

}  // namespace srasta::evidence
