#pragma once

#include "http/fields.h"

#include <optional>
#include <string_view>

namespace srasta::http {

/// Whether `value` is a traceparent of W3C Trace Context version 00: version, trace id, parent id
/// and flags in lower-case hexadecimal, neither id all zero.
[[nodiscard]] bool is_trace_parent(std::string_view value);

/// The traceparent of a request, if it has exactly one and that is well-formed: a trace that is
/// malformed or doubtful is not carried on (W3C Trace Context section 3.2). A view into `fields`.
[[nodiscard]] std::optional<std::string_view> find_trace_parent(const Fields& fields);

/// The two ids of a well-formed traceparent, in lower-case hexadecimal; views into it.
[[nodiscard]] std::string_view trace_id_of(std::string_view trace_parent);
[[nodiscard]] std::string_view parent_id_of(std::string_view trace_parent);

}  // namespace srasta::http
