#pragma once

#include "config/config.h"

#include <optional>
#include <string>
#include <string_view>

namespace srasta::config {

/// A whole number with one unit of ms, s, m, h: `250ms`, `30s`. No fractions, no sums.
[[nodiscard]] std::optional<Millis> parse_duration(std::string_view text);
/// Whole seconds as `30s`, everything else as `1500ms`.
[[nodiscard]] std::string format_duration(Millis duration);

/// `0`, `1`, `0.25`, `1.0`: from 0 to 1, at most six digits behind the point; in millionths.
[[nodiscard]] std::optional<int64_t> parse_share(std::string_view text);

/// A whole number with one unit of B, KiB, MiB, GiB.
[[nodiscard]] std::optional<Bytes> parse_size(std::string_view text);
/// With the largest unit that divides it.
[[nodiscard]] std::string format_size(Bytes size);

/// RFC 3339 in UTC with whole seconds, `2027-01-31T00:00:00Z`, as seconds since 1970.
[[nodiscard]] std::optional<int64_t> parse_time(std::string_view text);

/// Whether some YAML reader takes the plain scalar `text` for something else than text: booleans
/// and nulls in every spelling of YAML 1.1, numbers, base-60 numbers, dates. Where text is wanted
/// these must be quoted.
[[nodiscard]] bool needs_quotes(std::string_view text);

/// Tenants and upstreams: 1 to 64 of a-z 0-9 . _ -, the first a letter or digit.
[[nodiscard]] bool is_name(std::string_view text);
/// Tenants become folders, so their names are narrower: [a-z0-9][a-z0-9-]{0,40}
[[nodiscard]] bool is_tenant_name(std::string_view text);
/// Model aliases: 1 to 128 of A-Z a-z 0-9 . _ : / -, the first a letter or digit.
[[nodiscard]] bool is_alias_name(std::string_view text);
/// RFC 6901, not empty.
[[nodiscard]] bool is_json_pointer(std::string_view text);
/// 1 to 256 bytes of printable UTF-8.
[[nodiscard]] bool is_text(std::string_view text);

}  // namespace srasta::config
