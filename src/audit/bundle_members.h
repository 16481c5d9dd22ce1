#pragma once

#include "base/file.h"
#include "base/result.h"
#include "crypto/hash.h"

#include <cstdint>
#include <optional>
#include <string>

namespace srasta::audit {

/// Reads a bundle's archive. Corrupt for anything that `BundleArchive` does not write: what is
/// accepted has exactly one spelling.
class BundleMembers {
 public:
  struct Member {
    std::string name;
    uint64_t size = 0;
    uint64_t at = 0;  ///< of its content in the file
  };

  /// `file` must outlive the object.
  explicit BundleMembers(base::File& file) : file_(file) {}

  /// The next one. Behind the manifest nothing, and the file must end there.
  [[nodiscard]] base::Result<std::optional<Member>> next();
  void rewind();

  [[nodiscard]] base::Result<std::string> content(const Member& member);
  [[nodiscard]] base::Result<crypto::Digest> hash(const Member& member);

 private:
  base::Result<std::optional<Member>> end();

  base::File& file_;
  uint64_t at_ = 0;  ///< of the next header
  std::string last_;
};

}  // namespace srasta::audit
