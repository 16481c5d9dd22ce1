#include "process/sealed_memory.h"

#include <cerrno>
#include <fcntl.h>
#include <string_view>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace srasta::process {
namespace {

constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
constexpr off_t kLargest = 1 << 20;

}  // namespace

base::Result<base::Descriptor> seal_memory(const std::string& name, const base::Secret& content) {
  base::Descriptor memory(::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!memory.open()) return base::errno_error("memfd_create", errno);
  std::string_view rest = content.expose();
  while (!rest.empty()) {
    const ssize_t written = ::write(memory.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return base::errno_error("write sealed memory", errno);
    rest.remove_prefix(static_cast<size_t>(written));
  }
  if (::fcntl(memory.get(), F_ADD_SEALS, kSeals) != 0) return base::errno_error("seal", errno);
  return memory;
}

base::Result<base::Secret> read_sealed_memory(int descriptor) {
  const int seals = ::fcntl(descriptor, F_GET_SEALS);
  if (seals < 0 || (seals & kSeals) != kSeals) {
    return base::make_error(base::Code::Invalid, "descriptor " + std::to_string(descriptor) +
                                                     " is not a sealed memory file");
  }
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return base::errno_error("fstat", errno);
  if (status.st_size > kLargest) {
    return base::make_error(base::Code::TooLarge, "the sealed memory file is over 1 MiB");
  }
  std::string content(static_cast<size_t>(status.st_size), '\0');
  size_t done = 0;
  while (done < content.size()) {
    const ssize_t got =
        ::pread(descriptor, content.data() + done, content.size() - done, static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      base::wipe(content);
      return base::errno_error("read sealed memory", got == 0 ? EIO : errno);
    }
    done += static_cast<size_t>(got);
  }
  return base::Secret(std::move(content));
}

}  // namespace srasta::process
