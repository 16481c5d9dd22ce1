// Question: is every policy either refused or one that no note without cosignatures meets, unless
// it asks for none, and that no forged cosignature helps with?
#include "input.h"
#include "tlog/policy.h"

#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace tlog = srasta::tlog;
  using srasta::fuzz::require;
  const std::string text(srasta::fuzz::text_of(data, size));
  const auto policy = tlog::Policy::parse(text);
  if (!policy) return 0;
  const tlog::Note silent{"example.com/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", {}};
  const auto met = policy->is_met(silent);
  require(met.ok() && *met == policy->asks_for_none());
  // Blank lines and comments say nothing; a second quorum is one too many.
  const auto same = tlog::Policy::parse("# x\n\n" + text + "\t\n");
  require(same.ok() && same->witnesses().size() == policy->witnesses().size());
  require(!tlog::Policy::parse(text + "quorum none\n"));
  // What is no signature of a witness is refused, not counted.
  for (const tlog::VerifierKey& key : policy->witnesses()) {
    tlog::Note forged = silent;
    forged.signatures.push_back({key.name(), key.id(), std::string(72, '\0')});
    require(!policy->is_met(forged));
  }
  return 0;
}
