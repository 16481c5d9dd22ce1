#pragma once

#include "mock_shape.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

struct LoadOptions {
  uint16_t port = 0;
  std::string path = "/v1/chat/completions";
  std::string model = "stream-64x250";
  std::vector<std::string> headers;
  std::string tokens_file;  ///< one a line, used in turn; empty: no Authorization
  int watched_pid = 0;      ///< whose memory is read
  uint32_t streams = 64;
  double seconds = 1;   ///< streams are begun again until then; 0: each runs once
  uint32_t gather = 0;  ///< ms between looks at the sockets: cheaper, and lateness says nothing
  double ramp = 0;      ///< seconds over which the streams are begun
  uint32_t count = 0;   ///< requests or disconnects
  uint64_t seed = 1;
  std::string closes_file;  ///< "ID NANOSECONDS" a line
};

/// Requests that differ in their tokens.
class Requests {
 public:
  explicit Requests(const LoadOptions& options);
  /// The next request; `user` is its id in the engine's books.
  [[nodiscard]] std::string next(bool stream, std::string_view user = "bench");

 private:
  const LoadOptions& options_;
  std::vector<std::string> tokens_;
  size_t turn_ = 0;
};

/// `share` of 1,000 of the sorted values; 0 without any.
[[nodiscard]] uint64_t per_mille(const std::vector<uint32_t>& sorted, size_t share);

/// Each prints one JSON object and returns the exit code.
int run_streams(const LoadOptions& options);
int run_latency(const LoadOptions& options);
int run_disconnects(const LoadOptions& options);

}  // namespace bench
