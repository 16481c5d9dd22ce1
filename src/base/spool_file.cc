#include "base/spool_file.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

namespace srasta::base {
namespace {

constexpr mode_t kOwnerOnly = 0600;

}  // namespace

Result<SpoolFile> SpoolFile::create(const std::string& folder) {
  Descriptor file(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, kOwnerOnly));
  if (!file.open()) return errno_error("make a file in " + folder, errno);
  return SpoolFile(std::move(file));
}

SpoolFile::SpoolFile(SpoolFile&& other) noexcept
    : file_(std::move(other.file_)),
      size_(std::exchange(other.size_, 0)),
      mapping_(std::exchange(other.mapping_, nullptr)) {}

SpoolFile& SpoolFile::operator=(SpoolFile&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(size_, other.size_);
  std::swap(mapping_, other.mapping_);
  return *this;
}

SpoolFile::~SpoolFile() {
  if (mapping_ != nullptr) ::munmap(mapping_, size_);
}

Result<void> SpoolFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return errno_error("write a spooled body", errno);
    }
    size_ += static_cast<uint64_t>(written);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

Result<std::string_view> SpoolFile::view() {
  if (size_ == 0) return std::string_view();
  if (mapping_ == nullptr) {
    void* const start = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, file_.get(), 0);
    if (start == MAP_FAILED) return errno_error("map a spooled body", errno);
    mapping_ = start;
  }
  return std::string_view(static_cast<const char*>(mapping_), size_);
}

}  // namespace srasta::base
