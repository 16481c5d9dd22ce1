#pragma once

#include "base/result.h"
#include "crypto/hash.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace srasta::recovery {

/// Writes plain files into a tar archive (ustar) on a descriptor, in one pass.
class ArchiveWriter {
 public:
  /// `output` stays open, and belongs to the caller.
  explicit ArchiveWriter(int output) : output_(output) {}

  [[nodiscard]] base::Result<void> add_text(const std::string& name, std::string_view content);
  /// The first `bytes` bytes of a file; Corrupt when there are fewer.
  [[nodiscard]] base::Result<void> add_file(const std::string& name, const std::string& source,
                                            uint64_t bytes);
  [[nodiscard]] base::Result<void> finish();

  [[nodiscard]] uint64_t files() const { return files_; }
  [[nodiscard]] uint64_t bytes() const { return bytes_; }
  /// Of everything that was written; once, after `finish`.
  [[nodiscard]] crypto::Digest digest() { return hash_.finish(); }

 private:
  [[nodiscard]] base::Result<void> begin(const std::string& name, uint64_t size);
  [[nodiscard]] base::Result<void> pad(uint64_t size);
  [[nodiscard]] base::Result<void> put(std::string_view bytes);

  int output_;
  uint64_t files_ = 0;
  uint64_t bytes_ = 0;
  crypto::Sha256 hash_;
};

/// What was read of an archive.
struct Unpacked {
  uint64_t files = 0;
  uint64_t bytes = 0;
  crypto::Digest digest{};
};

/// Reads an archive to the end of the descriptor and makes its files in `folder` (0600, folders
/// 0700), overwriting nothing. Corrupt when it is no such archive, ends early, or has a file of a
/// name that `allows` refuses: then some may have been made.
[[nodiscard]] base::Result<Unpacked> unpack(
    int input, const std::string& folder, const std::function<bool(std::string_view name)>& allows);

}  // namespace srasta::recovery
