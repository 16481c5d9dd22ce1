#pragma once

#include <string>
#include <string_view>

// What Unicode says about text that two readers may see differently. Of Unicode 15, by ICU.
namespace srasta::policy {

/// In normalization form C (UAX 15).
[[nodiscard]] bool is_nfc(std::string_view text);

/// Whether it holds a code point that nobody sees or that reorders others: default-ignorable ones
/// (UAX 44), the bidirectional controls of UAX 9, tags, variation selectors.
[[nodiscard]] bool has_invisible(std::string_view text);

/// Whether a code point that is not ASCII stands for ASCII when it is folded for compatibility
/// (NFKC), such as a fullwidth full stop.
[[nodiscard]] bool has_disguised_ascii(std::string_view text);

/// Simple case folding of each code point, for names that a file system may take for one: "É" and
/// "é" become the same. Bytes that are not UTF-8 stay.
[[nodiscard]] std::string fold_case(std::string_view text);

}  // namespace srasta::policy
