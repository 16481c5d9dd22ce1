#include "base/entropy.h"

#include "base/check.h"

#include <cerrno>
#include <string_view>
#include <sys/random.h>

namespace srasta::base {

void SystemEntropy::fill(std::span<std::byte> out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    SRASTA_CHECK(got > 0, "getrandom(2) cannot fail once the pool is initialised");
    out = out.subspan(static_cast<size_t>(got));
  }
}

std::string random_bytes(Entropy& entropy, size_t size) {
  std::string bytes(size, '\0');
  entropy.fill(std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

std::string random_base32(Entropy& entropy, size_t size) {
  constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";
  std::string text = random_bytes(entropy, size);
  for (char& c : text) c = kAlphabet[static_cast<uint8_t>(c) % kAlphabet.size()];
  return text;
}

}  // namespace srasta::base
