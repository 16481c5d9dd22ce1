#pragma once

#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace srasta::audit {

/// Exclusive right to write a stream, held while the object lives. The file stays: it carries the
/// fence number from writer to writer.
class StreamLock {
 public:
  /// Code::Conflict while another writer, of this process or another one, holds it; the message has
  /// what that one noted of itself.
  static base::Result<StreamLock> take(base::FileSystem& files, const std::string& stream_folder);

  /// The number that the last writer noted; 0 if there was none or its note is torn.
  [[nodiscard]] uint64_t last_fence() const { return last_fence_; }
  /// Notes who writes now, durably: this process of this host, since `now`.
  base::Result<void> note_writer(std::string_view boot, uint64_t fence, base::WallTime now);
  /// Code::Corrupt when the lock file was removed or replaced: a second writer could be let in.
  base::Result<void> check();

 private:
  StreamLock(base::FileSystem& files, std::string path) : files_(&files), path_(std::move(path)) {}

  base::FileSystem* files_;
  std::string path_;
  std::unique_ptr<base::File> file_;
  base::FileIdentity identity_;
  uint64_t last_fence_ = 0;
};

}  // namespace srasta::audit
