#pragma once

#include "evidence/sink.h"

#include <string>
#include <string_view>

namespace srasta::evidence {

/// One record as a message of RFC 5424:
///
///     <110>1 TIME HOST srasta - ACT [srasta@32473 h="..." rid="..." seq="17" stream="gateway"]
///     LINE
///
/// Facility 13 (log audit); severity 4 (warning) for the outcomes deny and error, else 6. TIME is
/// that of the record, LINE its stored line. What the header has no room or no characters for is
/// "-" there.
[[nodiscard]] std::string syslog_message(std::string_view host, std::string_view stream,
                                         const SinkRecord& record);

/// With its length in front (RFC 5425 section 4.3), so that no byte of it can end it.
[[nodiscard]] std::string syslog_frame(std::string_view message);

/// A value of STRUCTURED-DATA: `"`, `\` and `]` get a backslash (RFC 5424 section 6.3.3).
[[nodiscard]] std::string escape_param(std::string_view value);

}  // namespace srasta::evidence
