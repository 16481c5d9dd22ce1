#pragma once

#include "base/file.h"
#include "base/result.h"
#include "crypto/hash.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace srasta::evidence {

/// How far a sink got in one stream.
struct SinkPosition {
  uint64_t next = 0;      ///< the first record that it has not accepted
  crypto::Digest last{};  ///< leaf of the record before; zero when there is none

  friend bool operator==(const SinkPosition&, const SinkPosition&) = default;
};

/// The positions of one sink in all streams, in one file:
///
///     srasta sink cursor 1
///     <stream> <next> <64 hexadecimal digits>
///
/// After a crash the file has the positions before or after an `advance`, never others.
class SinkCursors {
 public:
  /// No file: every stream from its beginning. Corrupt: the file is not one of ours.
  [[nodiscard]] static base::Result<SinkCursors> open(base::FileSystem& files, std::string path);

  [[nodiscard]] SinkPosition position(const std::string& stream) const;
  /// Durable when it succeeds. After an error the position holds in memory all the same: what was
  /// accepted need not be sent again by this process.
  [[nodiscard]] base::Result<void> advance(const std::string& stream, const SinkPosition& to);

 private:
  SinkCursors(base::FileSystem& files, std::string path) : files_(&files), path_(std::move(path)) {}
  [[nodiscard]] bool parse(std::string_view text);

  base::FileSystem* files_;
  std::string path_;
  std::map<std::string, SinkPosition> positions_;
};

/// <data>/forward, where the files lie, and the file of one sink.
[[nodiscard]] std::string sink_folder(std::string_view data_folder);
[[nodiscard]] std::string sink_cursor_file(std::string_view data_folder, std::string_view sink);

}  // namespace srasta::evidence
