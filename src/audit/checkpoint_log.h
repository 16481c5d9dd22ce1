#pragma once

#include "base/file.h"
#include "base/result.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace srasta::audit {

/// The notes of a `checkpoints.log`, one after the other, each followed by an empty line. It ends
/// where the file ended when it was opened; a torn note there is left out.
class CheckpointLog {
 public:
  /// One without notes.
  CheckpointLog() = default;
  /// A file that is not there has no notes.
  static base::Result<CheckpointLog> open(base::FileSystem& files, const std::string& path);

  /// The bytes of the next one, whether or not they are a note; nothing behind the last.
  base::Result<std::optional<std::string>> next();
  /// Back to the first.
  void rewind();

 private:
  /// The end of the next piece in `text_`; nothing if it is not there as a whole.
  [[nodiscard]] std::optional<size_t> find_end();
  base::Result<bool> read_more();

  std::unique_ptr<base::File> file_;
  uint64_t size_ = 0;
  uint64_t offset_ = 0;  // of the end of `text_` in the file
  std::string text_;
  size_t at_ = 0;       // of the next piece in `text_`
  size_t scanned_ = 0;  // lines up to here were counted
  int empty_lines_ = 0;
};

}  // namespace srasta::audit
