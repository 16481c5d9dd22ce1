#include "tlog/note.h"

#include "base/base64.h"
#include "base/encoding.h"
#include "tlog/base64.h"
#include "tlog/cosignature.h"
#include "tlog/lines.h"

#include <algorithm>

namespace srasta::tlog {
namespace {

using base::Code;
using base::Error;
using base::make_error;
using base::Result;

constexpr std::string_view kDash = "\u2014 ";
constexpr std::string_view kTextEnd = "\n\n";
constexpr size_t kIdBytes = 4;

Error too_large() {
  return make_error(Code::TooLarge, "the signed note is too large or has too many signatures");
}

std::optional<NoteSignature> parse_signature(std::string_view line) {
  if (!line.starts_with(kDash)) return std::nullopt;
  line.remove_prefix(kDash.size());
  const size_t space = line.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const std::string_view name = line.substr(0, space);
  const auto bytes = base::from_base64(line.substr(space + 1));
  if (!is_key_name(name) || !bytes || bytes->size() <= kIdBytes) return std::nullopt;
  KeyId id = 0;
  for (size_t i = 0; i < kIdBytes; ++i) id = id << 8 | static_cast<uint8_t>((*bytes)[i]);
  return NoteSignature{std::string(name), id, bytes->substr(kIdBytes)};
}

/// Which known key has this name and id.
Result<std::optional<size_t>> find_key(const NoteSignature& signature,
                                       std::span<const VerifierKey> known) {
  std::optional<size_t> found;
  for (size_t i = 0; i < known.size(); ++i) {
    if (known[i].id() != signature.id || known[i].name() != signature.name) continue;
    if (found && known[*found] != known[i]) {
      return make_error(Code::Invalid,
                        "two known keys are " + signature.name + "+" + key_id_hex(signature.id));
    }
    if (!found) found = i;
  }
  return found;
}

bool is_right(std::string_view text, const NoteSignature& signature, const VerifierKey& key) {
  if (key.type() == SignatureType::Ed25519) return key.verify(text, signature.bytes);
  const auto cosignature = parse_cosignature(signature.bytes);
  return cosignature &&
         key.verify(cosigned_message(cosignature->time, text), cosignature->signature);
}

std::optional<uint64_t> time_of(const NoteSignature& signature, const VerifierKey& key) {
  if (key.type() != SignatureType::CosignatureV1) return std::nullopt;
  const auto cosignature = parse_cosignature(signature.bytes);
  return cosignature ? std::optional(cosignature->time) : std::nullopt;
}

}  // namespace

bool is_note_text(std::string_view text) {
  return text.ends_with('\n') && base::is_utf8(text) && std::ranges::none_of(text, [](char c) {
           return static_cast<uint8_t>(c) < 0x20 && c != '\n';
         });
}

Result<std::vector<NoteSignature>> parse_signature_lines(std::string_view text) {
  if (text.size() > kMostNoteBytes) return too_large();
  std::vector<NoteSignature> signatures;
  Lines lines(text);
  while (const auto line = lines.next()) {
    auto signature = parse_signature(*line);
    if (!signature) return make_error(Code::Invalid, "not a signature line of a note");
    if (signatures.size() == kMostSignatures) return too_large();
    signatures.push_back(*std::move(signature));
  }
  if (!lines.rest().empty()) return make_error(Code::Invalid, "the last line has no end");
  if (signatures.empty()) return make_error(Code::Invalid, "there is no signature line");
  return signatures;
}

Result<Note> parse_note(std::string_view bytes) {
  if (bytes.size() > kMostNoteBytes) return too_large();
  if (!is_note_text(bytes)) {
    return make_error(Code::Invalid,
                      "a signed note is UTF-8 text of whole lines without control characters");
  }
  const size_t end = bytes.rfind(kTextEnd);
  if (end == std::string_view::npos) {
    return make_error(Code::Invalid, "no empty line separates the note from its signatures");
  }
  SRASTA_TRY_ASSIGN(auto signatures, parse_signature_lines(bytes.substr(end + kTextEnd.size())));
  return Note{std::string(bytes.substr(0, end + 1)), std::move(signatures)};
}

std::string write_note(const Note& note) {
  std::string bytes = note.text + "\n";
  for (const NoteSignature& signature : note.signatures) bytes += signature_line(signature);
  return bytes;
}

std::string signature_line(const NoteSignature& signature) {
  std::string bytes;
  for (size_t i = kIdBytes; i-- > 0;) bytes += static_cast<char>(signature.id >> (8 * i));
  bytes += signature.bytes;
  return std::string(kDash) + signature.name + " " + base::to_base64(bytes) + "\n";
}

Result<NoteSignature> sign_text(std::string_view text, const SignerKey& key) {
  if (key.type() != SignatureType::Ed25519) {
    return make_error(Code::Invalid, "this key does not sign notes as they are");
  }
  if (!is_note_text(text)) return make_error(Code::Invalid, "not the text of a note");
  SRASTA_TRY_ASSIGN(std::string bytes, key.sign(text));
  return NoteSignature{key.name(), key.id(), std::move(bytes)};
}

Result<void> add_signature(Note& note, NoteSignature signature) {
  std::erase_if(note.signatures, [&](const NoteSignature& other) {
    return other.id == signature.id && other.name == signature.name;
  });
  if (note.signatures.size() >= kMostSignatures) return too_large();
  note.signatures.push_back(std::move(signature));
  return {};
}

Result<std::vector<VerifiedSignature>> verify_note(const Note& note,
                                                   std::span<const VerifierKey> known) {
  std::vector<VerifiedSignature> verified;
  for (size_t i = 0; i < note.signatures.size(); ++i) {
    const NoteSignature& signature = note.signatures[i];
    SRASTA_TRY_ASSIGN(const auto key, find_key(signature, known));
    if (!key) continue;
    if (!is_right(note.text, signature, known[*key])) {
      return make_error(Code::Unauthenticated, "the signature of " + signature.name + "+" +
                                                   key_id_hex(signature.id) + " is wrong");
    }
    const VerifiedSignature result{*key, i, time_of(signature, known[*key])};
    const auto before = std::ranges::find(verified, *key, &VerifiedSignature::key);
    if (before == verified.end()) {
      verified.push_back(result);
    } else if (result.time > before->time) {
      verified.erase(before);
      verified.push_back(result);
    }
  }
  if (verified.empty()) return make_error(Code::Unauthenticated, "no known key signed the note");
  return verified;
}

}  // namespace srasta::tlog
