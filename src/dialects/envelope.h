#pragma once

#include "dialects/protocol.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace srasta::dialects {

/// Whose error conventions an answer follows.
enum class Dialect : uint8_t { OpenAi, Anthropic, Ollama, Problem };

struct Failure {
  int status = 500;
  std::string_view code;  ///< empty for an engine's own error that is passed on
  std::string_view message;
  std::string_view hint;  ///< the next step; only native routes have a place of their own for it
  std::string_view request_id;
  std::string_view param;  ///< the offending member, empty for none
};

/// The body of an error answer: OpenAI's {"error":{...}}, Anthropic's {"type":"error",...},
/// Ollama's {"error":"..."} or RFC 9457 problem details.
[[nodiscard]] std::string error_body(Dialect dialect, const Failure& failure);
[[nodiscard]] std::string_view error_content_type(Dialect dialect);

/// The `type` of an Anthropic error of this status.
[[nodiscard]] std::string_view anthropic_error_type(int status);

/// What ends a stream that cannot be finished: one server-sent event, or for Ollama one line; on a
/// fresh line if `mid_line`. `sequence`: of the event, where the protocol numbers them.
[[nodiscard]] std::string error_event(Protocol protocol, const Failure& failure, bool mid_line,
                                      uint64_t sequence = 0);

}  // namespace srasta::dialects
