#include "access/snapshot_file.h"

#include "base/file.h"

namespace srasta::access {
namespace {

constexpr uint64_t kLargest = uint64_t{1} << 32;

}  // namespace

base::Result<std::shared_ptr<const AccessSnapshot>> read_snapshot(const std::string& path,
                                                                  std::string_view key) {
  base::PosixFileSystem files;
  SRASTA_TRY_ASSIGN(std::string bytes, base::read_file(files, path, kLargest));
  return AccessSnapshot::open(std::move(bytes), key);
}

}  // namespace srasta::access
