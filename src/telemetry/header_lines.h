#pragma once

#include "base/result.h"
#include "base/secret.h"

namespace srasta::telemetry {

/// Header fields of a file, one `name: value` a line, as whole header lines. Empty lines and those
/// that begin with `#` are left out. Code::Invalid, without the text, for what is no field and for
/// fields that the exporter sets itself.
[[nodiscard]] base::Result<base::Secret> parse_header_lines(const base::Secret& text);

}  // namespace srasta::telemetry
