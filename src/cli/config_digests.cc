#include "cli/config_digests.h"

#include "json/document.h"

namespace srasta::cli {

std::vector<std::string> config_digests(std::span<const InternalPeer> services) {
  std::vector<std::string> digests;
  for (const InternalPeer& service : services) {
    const auto answer = ask_internal(service, "GET", "/internal/identity");
    if (!answer) continue;
    const auto document = json::Document::parse(*answer);
    const auto member = document ? document->root().find("config_digest") : std::nullopt;
    const auto digest = member ? member->string() : std::nullopt;
    if (digest) digests.emplace_back(*digest);
  }
  return digests;
}

}  // namespace srasta::cli
