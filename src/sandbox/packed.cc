#include "sandbox/packed.h"

namespace srasta::sandbox {
namespace {

constexpr unsigned kByteBits = 8;
constexpr unsigned kNumberBytes = 8;

}  // namespace

Packer& Packer::number(uint64_t value) {
  for (unsigned byte = 0; byte < kNumberBytes; ++byte) {
    bytes_ += static_cast<char>(value >> (byte * kByteBits) & 0xFFU);
  }
  return *this;
}

Packer& Packer::text(std::string_view value) {
  number(value.size());
  bytes_ += value;
  return *this;
}

std::string_view Unpacker::take(uint64_t size) {
  good_ = good_ && size <= rest_.size();
  if (!good_) return {};
  const std::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

uint64_t Unpacker::number() {
  const std::string_view bytes = take(kNumberBytes);
  uint64_t value = 0;
  for (size_t byte = 0; byte < bytes.size(); ++byte) {
    value |= uint64_t{static_cast<unsigned char>(bytes[byte])} << (byte * kByteBits);
  }
  return value;
}

std::string_view Unpacker::text() {
  return take(number());
}

}  // namespace srasta::sandbox
