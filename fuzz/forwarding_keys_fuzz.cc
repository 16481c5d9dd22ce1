// Question: do the supervisor's keys pass only if each can belong to one service alone?
#include "identity/forwarding_keys.h"
#include "input.h"
#include "json/document.h"

#include <set>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using srasta::fuzz::require;
  const auto document = srasta::json::Document::parse(srasta::fuzz::text_of(data, size));
  if (!document) return 0;
  const auto peers = srasta::identity::parse_forwarding_keys(document->root());
  if (!peers) return 0;
  std::set<std::string> names;
  std::set<std::string> ids;
  size_t keys = 0;
  for (const auto& peer : *peers) {
    names.insert(peer.service);
    for (const auto* key : {&peer.current, peer.previous ? &*peer.previous : nullptr}) {
      if (key == nullptr) continue;
      ++keys;
      ids.insert(key->id);
      require(key->secret.expose().size() >= 32);
    }
  }
  require(names.size() == peers->size() && ids.size() == keys);
  return 0;
}
