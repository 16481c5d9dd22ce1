#pragma once

#include "dialects/protocol.h"

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

/// What a whole answer says: the top-level `usage` (OpenAI's and Anthropic's), or the
/// `prompt_eval_count` and `eval_count` of Ollama. Nothing when that is absent, null or not
/// numbers.
[[nodiscard]] std::optional<Usage> find_usage(std::string_view json);

/// The counts of a `usage` object as written; nothing when it holds none. What Anthropic counts
/// apart because a cache was read or written is input like the rest.
[[nodiscard]] std::optional<Usage> read_usage(std::string_view usage);

/// What one event of a stream means to the meter.
struct ChunkFacts {
  std::optional<Usage> usage;
  bool usage_only = false;  ///< carries usage and no choices: what include_usage appends
  bool is_error = false;    ///< says that the answer has failed
  bool is_last = false;     ///< the protocol's end of a whole answer
};

/// `data`: of one event, or for Ollama one line.
[[nodiscard]] ChunkFacts read_chunk(std::string_view data,
                                    dialects::Protocol protocol = dialects::Protocol::Chat);

}  // namespace srasta::inference
