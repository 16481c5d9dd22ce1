#pragma once

#include "base/descriptor.h"
#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace srasta::sandbox {

/// Bytes on their way to another process, in memory without a path (memfd_create(2)). Once sealed
/// they never change again, so that the other process can read them in place.
class SealedWriter {
 public:
  [[nodiscard]] static base::Result<SealedWriter> make();

  [[nodiscard]] base::Result<void> append(std::string_view bytes);
  [[nodiscard]] base::Result<base::Descriptor> seal() &&;

 private:
  explicit SealedWriter(base::Descriptor memory) : memory_(std::move(memory)) {}
  base::Descriptor memory_;
};

[[nodiscard]] base::Result<base::Descriptor> seal(std::string_view bytes);

/// Sealed bytes, mapped.
class SealedView {
 public:
  /// Code::Invalid for a descriptor whose content could still change; Code::TooLarge above `most`.
  [[nodiscard]] static base::Result<SealedView> map(int descriptor, uint64_t most);

  SealedView(SealedView&& other) noexcept;
  SealedView& operator=(SealedView&&) = delete;
  ~SealedView();

  [[nodiscard]] std::string_view bytes() const { return {address_, size_}; }

 private:
  SealedView(const char* address, size_t size) : address_(address), size_(size) {}
  const char* address_;
  size_t size_;
};

}  // namespace srasta::sandbox
