#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace srasta::sandbox {

/// Output of a foreign program as text that a terminal, a page and a JSON string can take.
struct OutputText {
  std::string text;        ///< valid UTF-8
  uint64_t replaced = 0;   ///< ill-formed sequences, each one U+FFFD in `text`
  uint64_t sequences = 0;  ///< control sequences (ECMA-48) that were taken out
  uint64_t controls = 0;   ///< other control characters, shown as pictures or numbers
  uint64_t invisible = 0;  ///< characters that reorder or hide text, shown as numbers
};

/// What stays as it is: text, newline, tab; "\r\n" becomes newline. Complete control sequences
/// (colours, window titles, links, the clipboard) are taken out; of one that is not complete, or
/// whose string is longer than 4096 bytes or than its line, the introducer alone is shown as
/// U+241B, so that nothing can hide what follows. Other C0 controls are shown as U+2400 and
/// following, C1 controls, bidirectional controls, tags and other characters without a look as
/// "\u{202E}". Pure; the work is linear in `bytes`.
[[nodiscard]] OutputText to_text(std::string_view bytes);

}  // namespace srasta::sandbox
