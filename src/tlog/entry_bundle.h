#pragma once

#include "base/result.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::tlog {

/// The most bytes that an entry may have: its length is written in 16 bits.
inline constexpr size_t kMostEntryBytes = 65'535;

/// The body of an entry bundle (C2SP tlog-tiles): each entry behind its length, 16 bits big-endian.
/// Invalid for no entry or more than 256; TooLarge for an entry over `kMostEntryBytes`.
[[nodiscard]] base::Result<std::string> write_entries(std::span<const std::string_view> entries);

/// Inverse. Corrupt unless the bytes are exactly `width` entries (1 to 256). The views are into
/// `bytes`.
[[nodiscard]] base::Result<std::vector<std::string_view>> parse_entries(std::string_view bytes,
                                                                        unsigned width);

}  // namespace srasta::tlog
