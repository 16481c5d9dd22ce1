// Question: is every key of an accepted document either loaded or counted as left out, and never
// offered for an algorithm that is not its own?
#include "identity/key_set.h"
#include "input.h"

#include <string>

#include <simdjson.h>

namespace {

using srasta::crypto::Algorithm;
using srasta::fuzz::require;
using srasta::identity::KeySet;

void check_choice(const KeySet& keys, std::optional<std::string_view> kid, Algorithm algorithm) {
  const auto chosen = keys.choose(kid, algorithm);
  if (!chosen) return;
  const auto candidates = chosen->keys();
  require(!candidates.empty() && candidates.size() <= (kid ? 2U : 1U));
  for (const auto* key : candidates) require(srasta::crypto::fits(key->type(), algorithm));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = srasta::fuzz::text_of(data, size);
  const auto keys = KeySet::parse(text);
  if (!keys) return 0;
  require(keys->size() >= 1 && keys->size() <= srasta::identity::kMaxKeys);
  for (const auto name :
       {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"}) {
    const auto algorithm = srasta::crypto::parse_algorithm(name);
    require(algorithm.has_value());
    check_choice(*keys, std::nullopt, *algorithm);
    check_choice(*keys, "k", *algorithm);
  }

  static simdjson::dom::parser parser;
  simdjson::dom::element root;
  const auto error = parser.parse(simdjson::padded_string(text)).get(root);
  if (error == simdjson::NUMBER_ERROR) return 0;
  simdjson::dom::array list;
  require(error == simdjson::SUCCESS && root["keys"].get(list) == simdjson::SUCCESS);
  require(list.size() == keys->size() + keys->skipped());
  for (const simdjson::dom::element jwk : list) {
    std::string_view kid;
    if (jwk["kid"].get(kid) == simdjson::SUCCESS) check_choice(*keys, kid, Algorithm::ES256);
  }
  return 0;
}
