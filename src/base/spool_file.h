#pragma once

#include "base/descriptor.h"
#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace srasta::base {

/// Bytes that are too many for memory, in a file without a name that only this process can open;
/// gone with the object, or with the process. Written once, then read as a whole.
class SpoolFile {
 public:
  /// In `folder`, on whose disk the room is taken. Code::Io.
  [[nodiscard]] static Result<SpoolFile> create(const std::string& folder);
  SpoolFile(SpoolFile&& other) noexcept;
  SpoolFile& operator=(SpoolFile&& other) noexcept;
  ~SpoolFile();

  /// Before `view`. Code::Io, also when the disk is full.
  [[nodiscard]] Result<void> append(std::string_view bytes);
  [[nodiscard]] uint64_t size() const { return size_; }
  /// All of it, from the page cache; valid as long as the object. Code::Io.
  [[nodiscard]] Result<std::string_view> view();

 private:
  explicit SpoolFile(Descriptor file) : file_(std::move(file)) {}

  Descriptor file_;
  uint64_t size_ = 0;
  void* mapping_ = nullptr;
};

}  // namespace srasta::base
