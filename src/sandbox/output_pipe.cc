#include "sandbox/output_pipe.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>

namespace srasta::sandbox {

base::Result<void> OutputPipe::open() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return base::errno_error("pipe", errno);
  reading_.reset(ends[0]);
  writing_.reset(ends[1]);
  // Only our end: the flag belongs to the open file, and programs do not expect it on theirs.
  if (::fcntl(reading_.get(), F_SETFL, O_NONBLOCK) != 0) return base::errno_error("fcntl", errno);
  return {};
}

void OutputPipe::drain() {
  constexpr int kBlocks = 16;
  std::array<char, 64ULL << 10> block;
  for (int blocks = 0; blocks < kBlocks && reading_.open(); ++blocks) {
    const ssize_t got = ::read(reading_.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
      reading_.reset();
      return;
    }
    ring_.append(std::string_view(block.data(), static_cast<size_t>(got)));
  }
}

}  // namespace srasta::sandbox
