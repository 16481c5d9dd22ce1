#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::inference {

/// Tokens as the engine counted them.
struct Usage {
  int64_t input = 0;
  int64_t output = 0;
};

/// The top-level `usage` of an answer or a stream chunk (OpenAI chat, completions, embeddings,
/// responses). Nothing when it is absent, null or not numbers.
[[nodiscard]] std::optional<Usage> find_usage(std::string_view json);

/// The counts of a `usage` object as written; nothing when it holds none.
[[nodiscard]] std::optional<Usage> read_usage(std::string_view usage);

/// What one event of a stream means to the meter.
struct ChunkFacts {
  std::optional<Usage> usage;
  bool usage_only = false;  ///< carries usage and no choices: what include_usage appends
  bool is_error = false;    ///< carries an `error` object
};

[[nodiscard]] ChunkFacts read_chunk(std::string_view data);

}  // namespace srasta::inference
