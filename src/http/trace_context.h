#pragma once

#include <string_view>

namespace srasta::http {

/// Whether `value` is a traceparent of W3C Trace Context version 00: version, trace id, parent id
/// and flags in lower-case hexadecimal, neither id all zero.
[[nodiscard]] bool is_trace_parent(std::string_view value);

}  // namespace srasta::http
