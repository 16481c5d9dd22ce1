#include "gateway/spoken_protocols.h"

namespace srasta::gateway {
namespace {

using dialects::Protocol;
using dialects::ProtocolSet;

constexpr base::Seconds kMissing{300};

}  // namespace

ProtocolSet protocols_of(config::UpstreamKind kind, const std::vector<std::string>& configured) {
  ProtocolSet named;
  for (const Protocol protocol : dialects::kProtocols) {
    for (const std::string& name : configured) {
      if (name == to_string(protocol)) named.add(protocol);
    }
  }
  if (!named.empty()) return named;
  switch (kind) {
    case config::UpstreamKind::Ollama:
      return {Protocol::Chat, Protocol::Responses, Protocol::Messages, Protocol::Ollama};
    case config::UpstreamKind::Vllm:
      return {Protocol::Chat, Protocol::Responses, Protocol::Messages};
    case config::UpstreamKind::LlamaCpp:
      // The events of its Responses streams lack indexes, without which OpenAI's client fails.
      return {Protocol::Chat, Protocol::Messages};
    case config::UpstreamKind::Anthropic:
      return {Protocol::Messages};
    case config::UpstreamKind::OpenAi:
      break;
  }
  return {Protocol::Chat, Protocol::Responses};
}

bool SpokenProtocols::contains(Protocol protocol, base::MonoTime now) const {
  return all_.contains(protocol) && now >= missing_until_[static_cast<size_t>(protocol)];
}

void SpokenProtocols::miss(Protocol protocol, base::MonoTime now) {
  missing_until_[static_cast<size_t>(protocol)] = now + kMissing;
}

}  // namespace srasta::gateway
