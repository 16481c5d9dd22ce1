#include "sandbox/sealed_bytes.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace srasta::sandbox {
namespace {

constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

}  // namespace

base::Result<SealedWriter> SealedWriter::make() {
  base::Descriptor memory(::memfd_create("srasta-run", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!memory.open()) return base::errno_error("memfd_create", errno);
  return SealedWriter(std::move(memory));
}

base::Result<void> SealedWriter::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(memory_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return base::errno_error("write memory for a run", errno);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

base::Result<base::Descriptor> SealedWriter::seal() && {
  if (::fcntl(memory_.get(), F_ADD_SEALS, kSeals) != 0) return base::errno_error("seal", errno);
  return std::move(memory_);
}

base::Result<base::Descriptor> seal(std::string_view bytes) {
  SRASTA_TRY_ASSIGN(SealedWriter writer, SealedWriter::make());
  SRASTA_TRY(writer.append(bytes));
  return std::move(writer).seal();
}

base::Result<SealedView> SealedView::map(int descriptor, uint64_t most) {
  const int seals = ::fcntl(descriptor, F_GET_SEALS);
  if (seals < 0 || (seals & kSeals) != kSeals) {
    return base::make_error(base::Code::Invalid, "memory for a run is not sealed");
  }
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return base::errno_error("fstat", errno);
  const auto size = static_cast<uint64_t>(status.st_size);
  if (size > most) return base::make_error(base::Code::TooLarge, "memory for a run is too large");
  if (size == 0) return SealedView(nullptr, 0);
  void* const address = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, 0);
  if (address == MAP_FAILED) return base::errno_error("map memory for a run", errno);
  return SealedView(static_cast<const char*>(address), size);
}

SealedView::SealedView(SealedView&& other) noexcept
    : address_(std::exchange(other.address_, nullptr)), size_(std::exchange(other.size_, 0)) {}

SealedView::~SealedView() {
  // munmap(2) takes what mmap(2) gave.
  if (size_ > 0) ::munmap(const_cast<char*>(address_), size_);
}

}  // namespace srasta::sandbox
