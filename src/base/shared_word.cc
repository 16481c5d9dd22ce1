#include "base/shared_word.h"

#include "base/check.h"
#include "base/descriptor.h"

#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace srasta::base {
namespace {

Error path_error(std::string_view operation, const std::string& path) {
  const int number = errno;
  Error error = errno_error(std::string(operation) + " " + path, number);
  if (number == ENOENT) error.code = Code::NotFound;
  return error;
}

}  // namespace

Result<std::unique_ptr<SharedWord>> SharedWord::map(const std::string& path, bool writable) {
  const int flags = writable ? O_RDWR | O_CREAT : O_RDONLY;
  const Descriptor file(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600));
  struct stat status{};
  if (!file.open() || ::fstat(file.get(), &status) != 0) return path_error("open", path);
  if (status.st_size == 0 && writable && ::ftruncate(file.get(), sizeof(uint64_t)) != 0) {
    return path_error("write", path);
  }
  if (status.st_size != sizeof(uint64_t) && !(writable && status.st_size == 0)) {
    return make_error(Code::Corrupt,
                      path + " does not have 8 bytes; stop what runs, remove it, and start again");
  }
  const int access = writable ? PROT_READ | PROT_WRITE : PROT_READ;
  void* const start = ::mmap(nullptr, sizeof(uint64_t), access, MAP_SHARED, file.get(), 0);
  if (start == MAP_FAILED) return path_error("map", path);
  return std::make_unique<SharedWord>(Key{}, start, writable, path, status.st_ino);
}

Result<std::unique_ptr<SharedWord>> SharedWord::create(const std::string& path) {
  return map(path, true);
}

Result<std::unique_ptr<SharedWord>> SharedWord::open(const std::string& path) {
  return map(path, false);
}

SharedWord::~SharedWord() {
  ::munmap(start_, sizeof(uint64_t));
}

bool SharedWord::replaced() const {
  struct stat status{};
  return ::lstat(path_.c_str(), &status) != 0 || status.st_ino != inode_;
}

uint64_t SharedWord::load() const {
  return std::atomic_ref<uint64_t>(*static_cast<uint64_t*>(start_)).load(std::memory_order_acquire);
}

void SharedWord::store(uint64_t value) {
  SRASTA_CHECK(writable_, "readers do not write");
  std::atomic_ref<uint64_t>(*static_cast<uint64_t*>(start_))
      .store(value, std::memory_order_release);
}

}  // namespace srasta::base
