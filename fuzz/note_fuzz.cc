// Question: is every accepted note and checkpoint written again byte for byte, and does none pass
// that a known key has not signed?
#include "input.h"
#include "tlog/checkpoint.h"
#include "tlog/note.h"

#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace tlog = srasta::tlog;
  using srasta::fuzz::require;
  static const std::string example_text =
      "If you think cryptography is the answer to your problem,\n"
      "then you don't know what your problem is.\n";
  static const std::vector<tlog::VerifierKey> known = {
      *tlog::VerifierKey::parse(
          "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"),
      *tlog::VerifierKey::parse(
          "witness.example.com/w1+a0059f11+BAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4")};
  static const std::string cosigned_text =
      "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

  const std::string_view bytes = srasta::fuzz::text_of(data, size);
  if (const auto key = tlog::VerifierKey::parse(bytes)) require(key->to_text() == bytes);
  const auto note = tlog::parse_note(bytes);
  if (!note) return 0;
  require(tlog::write_note(*note) == bytes && tlog::is_note_text(note->text));
  if (tlog::verify_note(*note, known)) {
    require(note->text == example_text || note->text == cosigned_text);
  }
  const auto checkpoint = tlog::parse_checkpoint(note->text);
  if (!checkpoint) return 0;
  std::string text =
      *tlog::write_checkpoint(checkpoint->origin, checkpoint->size, checkpoint->root);
  for (const std::string& line : checkpoint->extensions) text.append(line).append("\n");
  require(text == note->text);
  return 0;
}
