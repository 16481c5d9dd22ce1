#include "tlog/proof_text.h"

#include "base/base64.h"
#include "base/encoding.h"
#include "tlog/base64.h"
#include "tlog/hash_lines.h"
#include "tlog/lines.h"

namespace srasta::tlog {
namespace {

using base::Code;
using base::make_error;
using base::Result;

constexpr std::string_view kHeader = "c2sp.org/tlog-proof@v1\n";
constexpr std::string_view kExtra = "extra ";
constexpr std::string_view kIndex = "index ";

Result<std::optional<std::string>> parse_extra(Lines& lines) {
  const auto line = lines.next_behind(kExtra);
  if (!line) return std::optional<std::string>();
  auto extra = base::from_base64(*line);
  if (!extra || extra->empty()) return make_error(Code::Invalid, "the extra data is not base64");
  if (extra->size() > kMostExtraBytes) return make_error(Code::TooLarge, "too much extra data");
  return extra;
}

}  // namespace

Result<ProofText> parse_proof_text(std::string_view text) {
  if (text.size() > kMostProofTextBytes)
    return make_error(Code::TooLarge, "the proof is too large");
  if (!text.starts_with(kHeader)) return make_error(Code::Invalid, "not a c2sp.org/tlog-proof@v1");
  Lines lines(text.substr(kHeader.size()));
  ProofText parsed;
  SRASTA_TRY_ASSIGN(parsed.extra, parse_extra(lines));
  const auto index_line = lines.next_behind(kIndex);
  const auto index = index_line ? base::parse_u64(*index_line) : std::nullopt;
  if (!index) return make_error(Code::Invalid, "the proof has no index");
  parsed.index = *index;
  SRASTA_TRY_ASSIGN(parsed.proof, parse_hash_lines(lines));
  SRASTA_TRY_ASSIGN(parsed.note, parse_note(lines.rest()));
  SRASTA_TRY_ASSIGN(parsed.checkpoint, parse_checkpoint(parsed.note.text));
  if (parsed.index >= parsed.checkpoint.size) {
    return make_error(Code::Invalid, "the index is not in the checkpoint's tree");
  }
  return parsed;
}

Result<std::string> write_proof_text(const ProofText& proof) {
  std::string text(kHeader);
  if (proof.extra) text.append(kExtra).append(base::to_base64(*proof.extra)).append("\n");
  text.append(kIndex).append(std::to_string(proof.index)).append("\n");
  write_hash_lines(proof.proof, text);
  text.append(write_note(proof.note));
  // The reader's rules are the writer's.
  SRASTA_TRY(parse_proof_text(text));
  return text;
}

}  // namespace srasta::tlog
