#pragma once

#include "base/result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace srasta::base {

/// A regular file in memory, read-only. Its writers must replace it by renaming another one over
/// it, never change or truncate it: whoever reads a page that is gone is killed.
class MappedFile {
  struct Key {};

 public:
  /// Code::NotFound; Code::TooLarge past `limit`; Code::Invalid for what is not a regular file.
  [[nodiscard]] static Result<std::shared_ptr<const MappedFile>> open(const std::string& path,
                                                                      uint64_t limit);
  MappedFile(Key, void* start, size_t size) : start_(start), size_(size) {}
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  [[nodiscard]] std::string_view bytes() const { return {static_cast<const char*>(start_), size_}; }

 private:
  void* start_;
  size_t size_;
};

/// A number of eight bytes that one process writes and others see at once, in a file that all of
/// them map. Reading costs one load. The file is never replaced.
class SharedWord {
  struct Key {};

 public:
  /// For the writer; makes the file (mode 0600) with the value 0.
  [[nodiscard]] static Result<std::unique_ptr<SharedWord>> create(const std::string& path);
  /// For readers. Code::NotFound; Code::Corrupt when the file has another size.
  [[nodiscard]] static Result<std::unique_ptr<SharedWord>> open(const std::string& path);
  SharedWord(Key, void* start, bool writable) : start_(start), writable_(writable) {}
  SharedWord(const SharedWord&) = delete;
  SharedWord& operator=(const SharedWord&) = delete;
  ~SharedWord();

  [[nodiscard]] uint64_t load() const;
  /// What was written before is seen by whoever sees `value`. For writers only.
  void store(uint64_t value);

 private:
  static Result<std::unique_ptr<SharedWord>> map(const std::string& path, bool writable);
  void* start_;
  bool writable_;
};

}  // namespace srasta::base
