#pragma once

#include "base/result.h"
#include "tlog/note_key.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::tlog {

/// Signed notes (C2SP signed-note): a text, an empty line, and signature lines.

/// No note that we read or write is larger, and none has more signature lines.
inline constexpr size_t kMostNoteBytes = 1'000'000;
inline constexpr size_t kMostSignatures = 100;

/// One signature line. `bytes` is what follows the key id, at least one byte; what it means is up
/// to the key's type.
struct NoteSignature {
  std::string name;
  KeyId id = 0;
  std::string bytes;

  bool operator==(const NoteSignature&) const = default;
};

/// Not verified by being a value: see `verify_note`.
struct Note {
  std::string text;  ///< with its final newline, without the empty line behind it
  std::vector<NoteSignature> signatures;

  bool operator==(const Note&) const = default;
};

/// Whether `text` can be that of a note: well-formed UTF-8 that ends in a newline, without other
/// control characters below U+0020.
[[nodiscard]] bool is_note_text(std::string_view text);

/// Strict: what is accepted is exactly what `write_note` writes. Signatures of any key and type are
/// kept, in their order. Invalid for what is no note, TooLarge over the limits.
[[nodiscard]] base::Result<Note> parse_note(std::string_view bytes);
/// The note of a text that `is_note_text` and of signatures that were parsed or made here.
[[nodiscard]] std::string write_note(const Note& note);

/// One line or more, each with its newline: also the answer of a witness (C2SP tlog-witness).
/// Errors as for `parse_note`.
[[nodiscard]] base::Result<std::vector<NoteSignature>> parse_signature_lines(std::string_view text);
/// `— <name> <base64 of id || bytes>` with its newline.
[[nodiscard]] std::string signature_line(const NoteSignature& signature);

/// Signs a text with a key of type Ed25519; Invalid for other types and for what is no note text.
[[nodiscard]] base::Result<NoteSignature> sign_text(std::string_view text, const SignerKey& key);
/// Adds a signature behind the others, in place of those of the same name and id. TooLarge where
/// the note has `kMostSignatures` of other keys.
[[nodiscard]] base::Result<void> add_signature(Note& note, NoteSignature signature);

/// A signature that was found right.
struct VerifiedSignature {
  size_t key = 0;                     ///< which of the known keys
  size_t signature = 0;               ///< which of the note's signatures
  std::optional<uint64_t> time = {};  ///< of a cosignature: seconds since 1970, as its key claims

  bool operator==(const VerifiedSignature&) const = default;
};

/// Checks a note against the keys that count. Lines of other keys are ignored, even when they share
/// a name or an id with a known one. Every line of a known key must be right; several lines of one
/// key give one result, that with the latest time (the first of them otherwise), so that results
/// can be counted. The results are in the order of the lines.
///
/// Unauthenticated when a line of a known key is wrong and when no known key signed; Invalid when
/// the name and id of a line are those of two different known keys.
[[nodiscard]] base::Result<std::vector<VerifiedSignature>> verify_note(
    const Note& note, std::span<const VerifierKey> known);

}  // namespace srasta::tlog
