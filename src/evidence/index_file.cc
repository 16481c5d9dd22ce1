#include "evidence/index_file.h"

#include <cstring>

namespace srasta::evidence {
namespace {

/// The version of the format; as a number, it also tells the byte order of the machine.
constexpr uint64_t kMagic = 0x3130'7864'6976'6573;

struct FileHead {
  uint64_t magic = kMagic;
  crypto::Digest origin{};
  uint64_t base = 0;
  uint64_t check = 0;
};
static_assert(sizeof(FileHead) == 56);

FileHead head_for(std::string_view origin, uint64_t base) {
  FileHead head{.origin = crypto::sha256(origin), .base = base};
  head.check = base * kMagic ^ kMagic;
  return head;
}

base::Error damaged() {
  return base::make_error(base::Code::Corrupt, "the index is damaged or of another log");
}

uint64_t place_of(uint64_t number) {
  return sizeof(FileHead) + number * kBlockBytes;
}

}  // namespace

base::Result<std::string> IndexFile::read(uint64_t offset, size_t size) {
  SRASTA_TRY_ASSIGN(std::string bytes, base::read_range(*file_, offset, size));
  if (bytes.size() < size) return damaged();
  return bytes;
}

base::Result<IndexFile> IndexFile::open(base::FileSystem& files, const std::string& path,
                                        std::string_view origin, base::OpenMode mode) {
  SRASTA_TRY_ASSIGN(auto file, files.open(path, mode));
  IndexFile index(std::move(file), 0);
  SRASTA_TRY_ASSIGN(const std::string bytes, index.read(0, sizeof(FileHead)));
  FileHead head;
  std::memcpy(&head, bytes.data(), sizeof head);
  const FileHead wanted = head_for(origin, head.base);
  if (std::memcmp(&head, &wanted, sizeof head) != 0) return damaged();
  index.base_ = head.base;
  return index;
}

base::Result<IndexFile> IndexFile::create(base::FileSystem& files, const std::string& path,
                                          std::string_view origin, uint64_t base) {
  if (auto removed = files.remove(path); !removed && removed.error().code != base::Code::NotFound) {
    return std::move(removed).error();
  }
  SRASTA_TRY_ASSIGN(auto file, files.open(path, base::OpenMode::CreateNew));
  const FileHead head = head_for(origin, base);
  std::string bytes(sizeof head, '\0');
  std::memcpy(bytes.data(), &head, sizeof head);
  SRASTA_TRY(file->append(bytes));
  return IndexFile(std::move(file), base);
}

base::Result<uint64_t> IndexFile::blocks() {
  SRASTA_TRY_ASSIGN(const base::FileIdentity identity, file_->identity());
  return identity.size < place_of(0) ? 0 : (identity.size - place_of(0)) / kBlockBytes;
}

base::Result<BlockHead> IndexFile::head(uint64_t number) {
  SRASTA_TRY_ASSIGN(const std::string bytes, read(place_of(number), sizeof(BlockHead)));
  const auto head = decode_head(bytes, base_ + number * kRowsInBlock);
  if (!head) return damaged();
  return *head;
}

base::Result<void> IndexFile::rows(uint64_t number, const BlockHead& head, std::vector<Row>& rows) {
  SRASTA_TRY_ASSIGN(const std::string bytes,
                    read(place_of(number) + sizeof(BlockHead), kBlockBytes - sizeof(BlockHead)));
  if (!decode_rows(bytes, head, rows)) return damaged();
  return {};
}

base::Result<void> IndexFile::append(uint64_t number, const std::string& block) {
  SRASTA_TRY_ASSIGN(const base::FileIdentity identity, file_->identity());
  if (identity.size < place_of(number)) return damaged();
  if (identity.size > place_of(number)) SRASTA_TRY(file_->truncate(place_of(number)));
  return file_->append(block);
}

}  // namespace srasta::evidence
