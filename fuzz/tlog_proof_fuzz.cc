// Question: is every accepted proof text written again byte for byte, and does its proof, whatever
// it is, verify for no other entry than the one that it was made for?
#include "input.h"
#include "tlog/proof.h"
#include "tlog/proof_text.h"
#include "tlog/tree_hash.h"

#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace tlog = srasta::tlog;
  using srasta::fuzz::require;
  const std::string_view bytes = srasta::fuzz::text_of(data, size);
  const auto proof = tlog::parse_proof_text(bytes);
  if (!proof) return 0;
  const auto again = tlog::write_proof_text(*proof);
  require(again.ok() && *again == bytes);
  // No input is the way from this leaf to a root, unless the root was computed from it.
  require(!tlog::verify_inclusion(proof->index, proof->checkpoint.size,
                                  tlog::leaf_hash("no proof in the corpus is of this entry"),
                                  proof->proof, proof->checkpoint.root));
  return 0;
}
