#pragma once

#include "base/result.h"

#include <cstdint>
#include <memory>
#include <string>

namespace srasta::base {

/// A number of eight bytes that one process writes and others see at once, in a file that all of
/// them map. Reading costs one load. The file is never replaced.
class SharedWord {
  struct Key {};

 public:
  /// For the writer; makes the file (mode 0600) with the value 0.
  [[nodiscard]] static Result<std::unique_ptr<SharedWord>> create(const std::string& path);
  /// For readers. Code::NotFound; Code::Corrupt when the file has another size.
  [[nodiscard]] static Result<std::unique_ptr<SharedWord>> open(const std::string& path);
  SharedWord(Key, void* start, bool writable, std::string path, uint64_t inode)
      : start_(start), writable_(writable), path_(std::move(path)), inode_(inode) {}
  SharedWord(const SharedWord&) = delete;
  SharedWord& operator=(const SharedWord&) = delete;
  ~SharedWord();

  /// Whether another file stands at the path now: what its writer says is not seen here any more.
  [[nodiscard]] bool replaced() const;
  [[nodiscard]] uint64_t load() const;
  /// What was written before is seen by whoever sees `value`. For writers only.
  void store(uint64_t value);

 private:
  static Result<std::unique_ptr<SharedWord>> map(const std::string& path, bool writable);
  void* start_;
  bool writable_;
  std::string path_;
  uint64_t inode_;
};

}  // namespace srasta::base
