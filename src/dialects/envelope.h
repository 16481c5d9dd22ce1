#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace srasta::dialects {

/// Whose error and stream conventions an answer follows.
enum class Dialect : uint8_t { OpenAi, Problem };

struct Failure {
  int status = 500;
  std::string_view code;
  std::string_view message;
  std::string_view hint;  ///< the next step; only native routes have a place of their own for it
  std::string_view request_id;
  std::string_view param;  ///< the offending member, empty for none
};

/// The body of an error answer: OpenAI's {"error":{...}} or RFC 9457 problem details.
[[nodiscard]] std::string error_body(Dialect dialect, const Failure& failure);
[[nodiscard]] std::string_view error_content_type(Dialect dialect);

/// One server-sent event that ends a stream which cannot be finished; on a fresh line if
/// `mid_line`.
[[nodiscard]] std::string error_event(const Failure& failure, bool mid_line);

}  // namespace srasta::dialects
