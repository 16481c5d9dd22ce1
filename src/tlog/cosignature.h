#pragma once

#include "base/result.h"
#include "tlog/note.h"
#include "tlog/note_key.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::tlog {

/// Cosignatures of type 0x04 (C2SP tlog-cosignature, `cosignature/v1`): at this time, this was the
/// largest consistent tree of the log that the cosigner had seen. They are lines of the
/// checkpoint's note; `verify_note` checks them.

/// The latest time that can be written: 2^63 - 1 seconds.
inline constexpr uint64_t kMostCosignatureTime = (uint64_t{1} << 63) - 1;

/// What the bytes of the signature line hold.
struct Cosignature {
  uint64_t time = 0;           ///< seconds since 1970
  std::string_view signature;  ///< 64 bytes of Ed25519 over `cosigned_message`
};

/// Nothing unless there are 72 bytes and the time is not beyond `kMostCosignatureTime`. The view is
/// into `bytes`.
[[nodiscard]] std::optional<Cosignature> parse_cosignature(std::string_view bytes);

/// What is signed: `cosignature/v1`, `time <seconds>`, and the note's text, extension lines
/// included.
[[nodiscard]] std::string cosigned_message(uint64_t time, std::string_view note_text);

/// Cosigns a checkpoint's text at `time`, seconds since 1970. Invalid when the text is no
/// checkpoint, the key is of another type, or the time cannot be written. The caller has checked
/// consistency with what it cosigned before: see `decide` in witness_request.h.
[[nodiscard]] base::Result<NoteSignature> cosign(std::string_view checkpoint_text, uint64_t time,
                                                 const SignerKey& key);

}  // namespace srasta::tlog
