#pragma once

#include "base/file.h"
#include "base/result.h"
#include "config/config.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace srasta::cli {

/// Streams and how many records each has signed.
using StreamEnds = std::vector<std::pair<std::string, uint64_t>>;

/// Errors: NotFound before the first `srasta up`, Corrupt, Io.
[[nodiscard]] base::Result<StreamEnds> read_stream_ends(base::FileSystem& files,
                                                        const std::string& data_folder);

/// How far the copies of one sink got, by its cursor file.
struct SinkState {
  struct Stream {
    std::string name;
    uint64_t next = 0;  ///< the first record that it has not accepted
    uint64_t end = 0;   ///< records that may be sent
    [[nodiscard]] uint64_t behind() const { return end > next ? end - next : 0; }
  };
  std::vector<Stream> streams;  ///< those that the sink wants

  /// Of all streams together.
  [[nodiscard]] uint64_t behind() const;
  /// Whether it lacks more of a stream than is told of as a lag.
  [[nodiscard]] bool lags() const;
};

/// Errors: Corrupt, when the cursor file is damaged; Io.
[[nodiscard]] base::Result<SinkState> read_sink_state(base::FileSystem& files,
                                                      const std::string& data_folder,
                                                      const config::Sink& sink,
                                                      const StreamEnds& ends);

}  // namespace srasta::cli
