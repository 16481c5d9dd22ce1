#pragma once

#include <string>
#include <string_view>

namespace srasta::audit {

/// Records as CSV (RFC 4180): lines end with CRLF, cells with a comma, a quote or a line break are
/// quoted. What a spreadsheet would take for a formula (a cell that begins with = + - @ or a
/// control character) gets an apostrophe in front. "-", which records say for "nobody", is left
/// empty.

/// The names of the columns, with CRLF.
[[nodiscard]] std::string_view csv_header();
/// One line for a stored line, which must be a record.
void append_csv(std::string& out, std::string_view line);
/// One cell as it is written.
[[nodiscard]] std::string csv_cell(std::string_view text);

}  // namespace srasta::audit
