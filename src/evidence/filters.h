#pragma once

#include "audit/search.h"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::evidence {

enum class Format : uint8_t { Json, Csv, Lines };

/// What a client asks for, as its query says it.
struct Question {
  std::string stream = "gateway";
  audit::Query filters;  ///< `since` and `until` in full
  size_t filters_set = 0;
  size_t limit = 100;
  bool descending = false;
  std::string cursor;            ///< empty: from the beginning
  std::optional<Format> format;  ///< nothing: what Accept says
};

inline constexpr size_t kMostRecords = 1000;  ///< of one page

/// Which parameters a route takes.
enum class Takes : uint8_t {
  Page,    ///< all
  Stream,  ///< the filters and `stream`
};

/// The parameter that is to blame: unknown, repeated, not well-formed, or with a value that is not
/// allowed. "query" when its name cannot be repeated to the client.
struct BadParameter {
  std::string name;
};

/// `query` is what stands behind "?" of a target, form-encoded. Every parameter at most once.
[[nodiscard]] std::expected<Question, BadParameter> parse_question(std::string_view query,
                                                                   Takes takes);

/// What an Accept field asks for: the first of its types that we have; JSON when there is none.
[[nodiscard]] Format accepted_format(std::string_view accept);

/// Whether `text` may be the name of a stream.
[[nodiscard]] bool is_stream_name(std::string_view text);

}  // namespace srasta::evidence
