#pragma once

#include "base/file.h"
#include "base/result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace srasta::audit {

/// A new file that is written front to back in large pieces.
class GrowingFile {
 public:
  /// Replaces what is there.
  [[nodiscard]] static base::Result<GrowingFile> create(base::FileSystem& files,
                                                        const std::string& path);

  [[nodiscard]] base::Result<void> append(std::string_view bytes);
  /// What was appended can be read from `file` after this.
  [[nodiscard]] base::Result<void> flush();
  [[nodiscard]] uint64_t size() const { return size_; }
  [[nodiscard]] base::File& file() { return *file_; }

 private:
  std::unique_ptr<base::File> file_;
  std::string buffer_;
  uint64_t size_ = 0;
};

/// Gives a durable draft its name, in the same folder.
[[nodiscard]] base::Result<void> publish_draft(base::FileSystem& files, const std::string& draft,
                                               const std::string& path);

}  // namespace srasta::audit
