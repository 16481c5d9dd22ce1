#include "tlog/hash_lines.h"

#include "tlog/base64.h"

namespace srasta::tlog {

using base::Code;
using base::make_error;

base::Result<Proof> parse_hash_lines(Lines& lines) {
  Proof hashes;
  while (const auto line = lines.next()) {
    if (line->empty()) return hashes;
    const auto hash = hash_from_base64(*line);
    if (!hash) return make_error(Code::Invalid, "a line of the proof is not the base64 of a hash");
    if (hashes.size() == kMostProofHashes) {
      return make_error(Code::TooLarge, "a proof has at most 63 hashes");
    }
    hashes.push_back(*hash);
  }
  return make_error(Code::Invalid, "no empty line follows the proof");
}

void write_hash_lines(std::span<const crypto::Digest> hashes, std::string& out) {
  for (const crypto::Digest& hash : hashes) out.append(hash_to_base64(hash)).append("\n");
  out += '\n';
}

}  // namespace srasta::tlog
