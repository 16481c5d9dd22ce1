#pragma once

#include "base/file.h"
#include "base/result.h"
#include "crypto/hash.h"
#include "tlog/note_key.h"

#include <cstdint>
#include <string>

namespace srasta::audit {

/// The key files of one stream's epochs. The private half is for the writer only (mode 0600), and
/// goes with its epoch; what a file system or a disk keeps of removed files is beyond this.
class EpochKeys {
 public:
  /// `files` must outlive the object; `origin` is `<install id>/<stream>`.
  EpochKeys(base::FileSystem& files, std::string stream_folder, std::string origin)
      : files_(&files), folder_(std::move(stream_folder)), origin_(std::move(origin)) {}

  /// Makes a key and writes both halves, durably, over those of an epoch that did not begin.
  [[nodiscard]] base::Result<tlog::SignerKey> make(uint64_t epoch) const;
  /// NotFound when the private half is not there; Corrupt when it does not fit the public one.
  [[nodiscard]] base::Result<tlog::SignerKey> load(uint64_t epoch) const;
  /// NotFound when it is not there; Corrupt for anything but the key of this epoch.
  [[nodiscard]] base::Result<tlog::VerifierKey> load_public(uint64_t epoch) const;
  /// Overwrites and removes the private half; that it is not there is success.
  [[nodiscard]] base::Result<void> destroy(uint64_t epoch) const;

 private:
  [[nodiscard]] std::string path_of(const std::string& name) const { return folder_ + "/" + name; }

  base::FileSystem* files_;
  std::string folder_;
  std::string origin_;
};

/// The 32 bytes of a key as records have them.
[[nodiscard]] crypto::Digest key_bytes(const tlog::VerifierKey& key);

}  // namespace srasta::audit
