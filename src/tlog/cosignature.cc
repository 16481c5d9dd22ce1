#include "tlog/cosignature.h"

#include "tlog/checkpoint.h"

namespace srasta::tlog {
namespace {

using base::Code;
using base::make_error;

constexpr size_t kTimeBytes = 8;
constexpr size_t kSignatureBytes = 64;

}  // namespace

std::optional<Cosignature> parse_cosignature(std::string_view bytes) {
  if (bytes.size() != kTimeBytes + kSignatureBytes) return std::nullopt;
  uint64_t time = 0;
  for (size_t i = 0; i < kTimeBytes; ++i) time = time << 8 | static_cast<uint8_t>(bytes[i]);
  if (time > kMostCosignatureTime) return std::nullopt;
  return Cosignature{time, bytes.substr(kTimeBytes)};
}

std::string cosigned_message(uint64_t time, std::string_view note_text) {
  return std::string("cosignature/v1\ntime ")
      .append(std::to_string(time))
      .append("\n")
      .append(note_text);
}

base::Result<NoteSignature> cosign(std::string_view checkpoint_text, uint64_t time,
                                   const SignerKey& key) {
  if (key.type() != SignatureType::CosignatureV1) {
    return make_error(Code::Invalid, "this key does not cosign");
  }
  if (time > kMostCosignatureTime) return make_error(Code::Invalid, "the time cannot be written");
  SRASTA_TRY(parse_checkpoint(checkpoint_text));
  SRASTA_TRY_ASSIGN(const std::string signature, key.sign(cosigned_message(time, checkpoint_text)));
  std::string bytes;
  for (size_t i = kTimeBytes; i-- > 0;) bytes += static_cast<char>(time >> (8 * i));
  return NoteSignature{key.name(), key.id(), bytes + signature};
}

}  // namespace srasta::tlog
