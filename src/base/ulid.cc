#include "base/ulid.h"

#include <cstdint>
#include <string_view>

namespace srasta::base {
namespace {

constexpr std::string_view kCrockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr size_t kRandomSize = 10;
constexpr unsigned kBatch = 1024;

std::string encode(uint64_t millis, std::string_view random) {
  std::string out(26, '0');
  for (size_t i = 10; i-- > 0; millis >>= 5) out[i] = kCrockford[millis & 31];
  uint64_t held = 0;
  int bits = 0;
  size_t at = 10;
  for (const char c : random) {
    held = (held << 8) | static_cast<uint8_t>(c);
    for (bits += 8; bits >= 5; bits -= 5) out[at++] = kCrockford[(held >> (bits - 5)) & 31];
  }
  return out;
}

uint64_t millis_of(WallTime time) {
  return static_cast<uint64_t>(std::chrono::floor<Millis>(time.time_since_epoch()).count());
}

void count_up(std::string& number) {
  for (size_t i = number.size(); i-- > 0;) {
    if (++number[i] != '\0') return;
  }
}

}  // namespace

std::string make_ulid(WallTime time, Entropy& entropy) {
  return encode(millis_of(time), random_bytes(entropy, kRandomSize));
}

UlidSource::UlidSource(const Clock& clock, Entropy& entropy) : clock_(clock), entropy_(entropy) {}

std::string UlidSource::next() {
  if (left_ == 0) {
    random_ = random_bytes(entropy_, kRandomSize);
    left_ = kBatch;
  }
  --left_;
  count_up(random_);
  return encode(millis_of(clock_.wall()), random_);
}

}  // namespace srasta::base
