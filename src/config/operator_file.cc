#include "config/operator_file.h"

#include "base/descriptor.h"
#include "base/weak_secret.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace srasta::config {
namespace {

using base::Code;
using base::make_error;

constexpr uint64_t kLargestSecret = 64 * 1024;

base::Error file_error(const std::string& path, int number) {
  base::Error error = base::errno_error("read " + path, number);
  if (number == ENOENT || number == ENOTDIR) error.code = Code::NotFound;
  return error;
}

base::Result<std::string> read_all(int descriptor, const std::string& path, uint64_t limit) {
  std::string content;
  char block[4096];
  while (true) {
    const ssize_t got = ::read(descriptor, block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_error(path, errno);
    if (got == 0) return content;
    content.append(block, static_cast<size_t>(got));
    if (content.size() > limit) {
      return make_error(Code::TooLarge, fmt::format("{} is larger than {} bytes", path, limit));
    }
  }
}

base::Result<mode_t> mode_of_regular_file(int descriptor, const std::string& path) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return file_error(path, errno);
  if (!S_ISREG(status.st_mode)) return make_error(Code::Invalid, path + " is not a regular file");
  return status.st_mode;
}

}  // namespace

base::Result<std::string> read_operator_file(const std::string& path, uint64_t limit) {
  // O_NONBLOCK: opening a FIFO must not hang before it can be refused.
  const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.open()) return file_error(path, errno);
  SRASTA_TRY(mode_of_regular_file(file.get(), path));
  return read_all(file.get(), path, limit);
}

base::Result<base::Secret> read_secret_file(const std::string& path) {
  const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.open()) return file_error(path, errno);
  SRASTA_TRY_ASSIGN(const mode_t mode, mode_of_regular_file(file.get(), path));
  if ((mode & (S_IRWXO | S_IWGRP)) != 0) {
    return make_error(Code::Denied, fmt::format("{} has mode {:04o}: a secret may be read by its "
                                                "owner and group only; chmod 0600 {}",
                                                path, mode & 07777, path));
  }
  SRASTA_TRY_ASSIGN(std::string content, read_all(file.get(), path, kLargestSecret));
  while (content.ends_with('\n') || content.ends_with('\r')) content.pop_back();
  if (content.empty()) return make_error(Code::Invalid, path + " is empty");
  if (base::is_weak_secret(content)) {
    return make_error(Code::Invalid, path + " holds a secret that everybody can guess");
  }
  return base::Secret(std::move(content));
}

}  // namespace srasta::config
