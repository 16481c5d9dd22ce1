#pragma once

#include "audit/bundle_manifest.h"
#include "base/file.h"
#include "base/result.h"
#include "crypto/hash.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace srasta::audit {

/// A bundle while it is made, beside the path that it will get: the archive and, until they can
/// follow the proofs, the records and the lines of the manifest. Needs no memory for them.
class BundleArchive {
 public:
  /// Makes `<path>.part` and two drafts; replaces those of an attempt that was interrupted.
  [[nodiscard]] static base::Result<std::unique_ptr<BundleArchive>> create(base::FileSystem& files,
                                                                           std::string path);
  struct Drafts;
  BundleArchive(base::FileSystem& files, std::string path, std::unique_ptr<Drafts> drafts);
  BundleArchive(const BundleArchive&) = delete;
  BundleArchive& operator=(const BundleArchive&) = delete;
  /// Removes all drafts, the archive too unless it was published.
  ~BundleArchive();

  /// Members must come in the order of their names.
  [[nodiscard]] base::Result<void> add(std::string_view name, std::string_view content);
  /// A stored line, without LF, for `records.jsonl`.
  [[nodiscard]] base::Result<void> add_record(std::string_view line);
  /// Adds `records.jsonl` and `manifest.json`, and makes the archive durable.
  [[nodiscard]] base::Result<void> finish(const BundleManifest& manifest);
  /// Where the archive is until then.
  [[nodiscard]] std::string draft() const { return path_ + ".part"; }
  /// Gives it its name.
  [[nodiscard]] base::Result<void> publish();

 private:
  base::Result<void> begin(std::string_view name, uint64_t size);
  base::Result<void> pad(uint64_t size);
  base::Result<void> list(std::string_view name, uint64_t size, const crypto::Digest& hash);
  base::Result<void> add_records();
  base::Result<void> add_manifest(const std::string& head);

  base::FileSystem& files_;
  const std::string path_;
  std::unique_ptr<Drafts> drafts_;
};

}  // namespace srasta::audit
