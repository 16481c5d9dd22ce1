#pragma once

#include "base/result.h"
#include "tlog/lines.h"
#include "tlog/proof.h"

#include <span>
#include <string>

namespace srasta::tlog {

// Private to tlog/: the hashes of a proof, a line each in base64, and the empty line behind them.

/// Takes the empty line, too. Invalid for other lines, TooLarge for more than `kMostProofHashes`.
[[nodiscard]] base::Result<Proof> parse_hash_lines(Lines& lines);
void write_hash_lines(std::span<const crypto::Digest> hashes, std::string& out);

}  // namespace srasta::tlog
